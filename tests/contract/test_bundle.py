"""Many files become one document with named components."""

from pathlib import Path

import pytest
import yaml

from core.contract import bundle, yaml12
from core.contract.bundle import BundleError
from tests.contract.fixtures.world import DOCUMENTS

ROOT = """
openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /a: {$ref: "paths.yaml#/a"}
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder / "openapi.yaml"


def test_a_file_that_is_missing_is_named_with_the_file_that_wants_it(tmp_path: Path) -> None:
    root = write(tmp_path, openapi=ROOT)
    with pytest.raises(BundleError, match=r"openapi\.yaml: there is no file .*paths\.yaml"):
        bundle.bundle(root)


def test_a_reference_to_nothing_is_an_error(tmp_path: Path) -> None:
    root = write(tmp_path, openapi=ROOT, paths="b: {}")
    with pytest.raises(BundleError, match=r"paths\.yaml#/a points at nothing"):
        bundle.bundle(root)


def test_a_document_without_paths_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no OpenAPI document"):
        bundle.bundle(write(tmp_path, openapi="openapi: 3.0.3"))


def test_members_beside_a_reference_are_refused_because_tools_ignore_them(tmp_path: Path) -> None:
    paths = 'a: {get: {responses: {"200": {$ref: "r.yaml#/R", description: lost}}}}'
    with pytest.raises(BundleError, match="members beside"):
        bundle.bundle(write(tmp_path, openapi=ROOT, paths=paths, r="R: {description: r}"))


def test_a_reference_over_the_network_is_refused(tmp_path: Path) -> None:
    paths = 'a: {get: {responses: {"200": {$ref: "https://example.com/r.yaml#/R"}}}}'
    with pytest.raises(BundleError, match="no reference to a file"):
        bundle.bundle(write(tmp_path, openapi=ROOT, paths=paths))


def test_an_operation_cannot_be_a_reference(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="only path items and components"):
        bundle.bundle(write(tmp_path, openapi=ROOT, paths='a: {get: {$ref: "r.yaml#/R"}}', r="R: {}"))


def test_two_different_things_cannot_have_one_name(tmp_path: Path) -> None:
    paths = """
a:
  get:
    parameters:
      - {name: x, in: query, schema: {$ref: "one.yaml#/Size"}}
      - {name: y, in: query, schema: {$ref: "two.yaml#/Size"}}
    responses: {"200": {description: ok}}
"""
    root = write(tmp_path, openapi=ROOT, paths=paths, one="Size: {type: integer}", two="Size: {type: string}")
    with pytest.raises(BundleError, match="two schemas are called Size"):
        bundle.bundle(root)


def test_equal_things_of_one_name_are_one_component(tmp_path: Path) -> None:
    paths = """
a:
  get:
    parameters:
      - {name: x, in: query, schema: {$ref: "one.yaml#/Size"}}
      - {name: y, in: query, schema: {$ref: "two.yaml#/Size"}}
    responses: {"200": {description: ok}}
"""
    root = write(tmp_path, openapi=ROOT, paths=paths, one="Size: {type: integer}", two="Size: {type: integer}")
    assert bundle.bundle(root)["components"]["schemas"] == {"Size": {"type": "integer"}}


def test_a_schema_may_contain_itself(tmp_path: Path) -> None:
    paths = 'a: {get: {responses: {"200": {description: ok, content: {text/x: {schema: {$ref: "s.yaml#/Tree"}}}}}}}'
    tree = 'Tree: {type: object, properties: {items: {type: array, items: {$ref: "#/Tree"}}}}'
    schemas = bundle.bundle(write(tmp_path, openapi=ROOT, paths=paths, s=tree))["components"]["schemas"]
    assert schemas["Tree"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Tree"}


def test_a_property_that_is_called_like_a_keyword_is_a_property(tmp_path: Path) -> None:
    paths = 'a: {get: {responses: {"200": {description: ok, content: {text/x: {schema: {$ref: "s.yaml#/S"}}}}}}}'
    schema = 'S: {type: object, properties: {schema: {$ref: "#/T"}, properties: {type: string}}}\nT: {type: string}'
    schemas = bundle.bundle(write(tmp_path, openapi=ROOT, paths=paths, s=schema))["components"]["schemas"]
    assert schemas["S"]["properties"] == {
        "schema": {"$ref": "#/components/schemas/T"},
        "properties": {"type": "string"},
    }


def test_a_file_without_a_pointer_gives_its_own_name(tmp_path: Path) -> None:
    paths = 'a: {get: {responses: {"200": {$ref: "Found.yaml"}}}}'
    components = bundle.bundle(write(tmp_path, openapi=ROOT, paths=paths, Found="description: ok"))["components"]
    assert components == {"responses": {"Found": {"description": "ok"}}}


def test_a_discriminator_points_at_components(tmp_path: Path) -> None:
    paths = 'a: {get: {responses: {"200": {description: ok, content: {text/x: {schema: {$ref: "s.yaml#/S"}}}}}}}'
    schema = 'S: {type: object, discriminator: {propertyName: k, mapping: {t: "#/T"}}}\nT: {type: object}'
    document = bundle.bundle(write(tmp_path, openapi=ROOT, paths=paths, s=schema))
    assert document["components"]["schemas"]["S"]["discriminator"]["mapping"] == {"t": "#/components/schemas/T"}
    assert "T" in document["components"]["schemas"]


def test_what_nothing_points_at_is_left_out(tmp_path: Path) -> None:
    root = write(tmp_path, openapi=ROOT + "components: {schemas: {Unused: {type: string}}}", paths="a: {}")
    assert bundle.bundle(root)["components"] == {}


def test_the_fixture_document_keeps_its_paths_in_order_and_names_its_components() -> None:
    document = bundle.bundle(DOCUMENTS / "v2.yaml")
    assert list(document["paths"])[:3] == ["/things", "/things/{thing_id}", "/things/special"]
    assert list(document["components"]["schemas"]) == ["Measured", "NewThing", "Part", "Thing", "ThingList"]
    assert list(document["components"]["securitySchemes"]) == ["bearer"]
    assert "{{ name }}" in document["info"]["description"]


def test_the_bundle_is_the_same_every_time_in_json_and_in_yaml() -> None:
    first, second = (bundle.bundle(DOCUMENTS / "v2.yaml") for _ in range(2))
    assert bundle.to_json(first) == bundle.to_json(second)
    as_yaml = bundle.to_yaml(first)
    assert yaml.load(as_yaml, Loader=yaml12.Yaml12Loader) == first
    assert yaml.safe_load(as_yaml) == first, "a YAML 1.1 parser reads the same"
