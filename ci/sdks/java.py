"""Java: openapi-generator's client on java.net.http, compiled by javac -Xlint:all -Werror."""

import re
import shutil
from pathlib import Path

from ci.sdks.machine import program, version
from ci.sdks.package import Language, Package, TypedError, declared, errors_of_classes, remove
from ci.sdks.tools import SHORT_LIVED, java_libraries, openapi_generator, tool

_STRICT = ("-Werror", "-encoding", "UTF-8", *(f"-J{option}" for option in SHORT_LIVED))
_HAS_THIS_ESCAPE = (21,)
_SOURCES = Path("src") / "main" / "java"
# what builds and publishes in other ways than by pom.xml
_SPARE = (".github", ".travis.yml", ".openapi-generator*", "api", "build.sbt", "git_push.sh", "gradle*", "*.gradle")


class Java(Language):
    """A Maven project with the package `tidings.v1` or `tidings.v2`."""

    name = "java"
    needs = ("java", "javac", "mvn")

    def install(self) -> None:
        openapi_generator()

    def generate(self, package: Package) -> str:
        root = f"tidings.{package.version}"
        names = f"invokerPackage={root},apiPackage={root}.api,modelPackage={root}.model"
        identity = f"groupId=tidings,artifactId=tidings-{package.version},artifactVersion={package.release}"
        # without containerDefaultToNull a PATCH sends `tags: []` where the program says nothing of tags
        shape = "hideGenerationTimestamp=true,useJakartaEe=true,openApiNullable=false,useSingleRequestParameter=true"
        where = ("--input-spec", package.bundle, "--output", package.folder)
        chosen = ("--additional-properties", f"{names},{identity},{shape},containerDefaultToNull=true")
        less = ("--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false")
        generator = ("generate", "--generator-name", "java", "--library", "native")
        done = tool(*openapi_generator(), *generator, *where, *chosen, *less)
        remove(package.folder, _SPARE)
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        shutil.rmtree(package.work, ignore_errors=True)
        package.work.mkdir(parents=True)
        start = package.work / "QuickStart.java"
        start.write_text(package.quick_start_program(), encoding="utf-8")
        client = sorted((package.folder / _SOURCES).rglob("*.java"))
        programs = (package.programs / "Say.java", package.programs / f"{package.version.upper()}.java", start)
        libraries = java_libraries(package.folder / "pom.xml")
        where = ("-d", package.work / "classes", "-classpath", f"{libraries}/*")
        tool(program("javac"), _lints(), *_STRICT, *where, *client, *programs)

    def command(self, package: Package) -> list[Path | str]:
        return _command(package, package.version.upper())

    def quick_start(self, package: Package) -> list[Path | str]:
        return _command(package, "QuickStart")

    def names(self, package: Package) -> set[str]:
        declaration = r"^public (?:final |abstract )?(?:class|enum|interface) (\w+)|^ +(\w+)\(\"[^\"]*\"\)[,;]$"
        return declared(package.folder / _SOURCES, "*.java", declaration)

    def errors(self, package: Package) -> set[TypedError]:
        """Bodies are read by the mapper into a class, which every operation shares."""
        models = (package.folder / _SOURCES).rglob("model/*.java")
        classes = {
            file.stem: set(re.findall(r"String JSON_PROPERTY_\w+ = \"(\w+)\";", file.read_text(encoding="utf-8")))
            for file in models
        }
        return errors_of_classes(package.document(), classes)


def _lints() -> str:
    """All but two: the mapper calls what Jackson 2.21 has deprecated, constructors call what can be overridden."""
    has_this_escape = (version("javac") or ()) >= _HAS_THIS_ESCAPE
    return f"-Xlint:all,-deprecation{',-this-escape' if has_this_escape else ''}"


def _command(package: Package, name: str) -> list[Path | str]:
    classes = f"{package.work / 'classes'}:{java_libraries(package.folder / 'pom.xml')}/*"
    return [program("java"), *SHORT_LIVED, "-classpath", classes, name]
