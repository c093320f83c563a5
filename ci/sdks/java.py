"""Java: openapi-generator's client on java.net.http, compiled by javac -Xlint:all -Werror."""

import json
import shutil
from pathlib import Path

from ci.sdks.package import Language, Package, declared
from ci.sdks.tools import java_libraries, need, openapi_generator, tool

# the generator's mapper still calls what Jackson 2.21 has deprecated
_STRICT = ("-Xlint:all,-deprecation", "-Werror", "-encoding", "UTF-8")
_SOURCES = Path("src") / "main" / "java"


class Java(Language):
    """A Maven project with the package `tidings.v1` or `tidings.v2`."""

    name = "java"

    def install(self) -> None:
        openapi_generator()
        for program in ("javac", "mvn"):
            need(program)

    def generate(self, package: Package) -> str:
        root = f"tidings.{package.version}"
        version = json.loads(package.bundle.read_bytes())["info"]["version"]
        names = f"invokerPackage={root},apiPackage={root}.api,modelPackage={root}.model"
        identity = f"groupId=tidings,artifactId=tidings-{package.version},artifactVersion={version}"
        # without containerDefaultToNull a PATCH sends `tags: []` where the program says nothing of tags
        shape = "hideGenerationTimestamp=true,useJakartaEe=true,openApiNullable=false,useSingleRequestParameter=true"
        where = ("--input-spec", package.bundle, "--output", package.folder)
        chosen = (
            "--library",
            "native",
            "--additional-properties",
            f"{names},{identity},{shape},containerDefaultToNull=true",
        )
        less = ("--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false")
        done = tool(*openapi_generator(), "generate", "--generator-name", "java", *where, *chosen, *less)
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        shutil.rmtree(package.work, ignore_errors=True)
        package.work.mkdir(parents=True)
        client = sorted((package.folder / _SOURCES).rglob("*.java"))
        programs = (package.programs / "Say.java", package.programs / f"{package.version.upper()}.java")
        libraries = java_libraries(package.folder / "pom.xml")
        where = ("-d", package.work / "classes", "-classpath", f"{libraries}/*")
        tool(need("javac"), *_STRICT, *where, *client, *programs)

    def command(self, package: Package) -> list[Path | str]:
        libraries = java_libraries(package.folder / "pom.xml")
        classes = f"{package.work / 'classes'}:{libraries}/*"
        return [need("java"), "-Dfile.encoding=UTF-8", "-classpath", classes, package.version.upper()]

    def names(self, package: Package) -> set[str]:
        declaration = r"^public (?:final |abstract )?(?:class|enum|interface) (\w+)|^ +(\w+)\(\"[^\"]*\"\)[,;]$"
        return declared(package.folder / _SOURCES, "*.java", declaration)
