"""The schema file of an import: a schema as anywhere, and `columns`, which says where its parts come from.

    columns:
      id: asin
      title: name
      text: about
      aliases: [original_title]
      fields: {price: Price (USD)}

What is left out is inferred: a field's column is the one of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import DataError
from retrieval.importing.columns import Column
from retrieval.importing.inference import Inferred, Roles
from retrieval.importing.words import field_name, plain
from retrieval.schema import Schema
from retrieval.schema_file import schema_from, write_schema

_PARTS = ("id", "title", "text", "aliases", "fields")
_HEAD = """# What the columns of this catalogue mean. Correct it, then run: because prepare --dataset {name}
# Keys are those of Schema and Field in retrieval/schema.py; `columns` says which column each part comes from.
"""


def write(schema: Schema, roles: Roles, path: Path) -> None:
    """Write what a person can edit and `read` understands."""
    write_schema(schema, path)
    columns: dict[str, Any] = {part: getattr(roles, part) for part in ("id", "title", "text") if getattr(roles, part)}
    if roles.aliases:
        columns["aliases"] = list(roles.aliases)
    renamed = {name: column for name, column in roles.fields.items() if name != column}
    if renamed:
        columns["fields"] = renamed
    stated = yaml.safe_dump({"columns": columns}, sort_keys=False, allow_unicode=True, width=120)
    path.write_text(_HEAD.format(name=schema.name) + path.read_text(encoding="utf-8") + stated, encoding="utf-8")


def read(path: Path, inferred: Inferred, columns: Mapping[str, Column], table: str) -> tuple[Schema, Roles]:
    """The file's schema, completed by what was inferred; DataError names what does not fit the table."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"There is no schema file {path}; write one or leave --schema out.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise DataError(f"{path} is not readable YAML ({detail}); correct the file and try again.") from error
    if not isinstance(document, dict):
        raise DataError(f"{path} is not a mapping; its keys are name, title, noun, plural, nouns, fields and columns.")
    stated = document.pop("columns", None) or {}
    if not isinstance(stated, dict) or set(stated) - set(_PARTS):
        raise DataError(
            f"`columns` in {path} is {stated!r}; its keys are {', '.join(_PARTS)}, each with a column's name."
        )
    base = inferred.schema
    given = set(document)
    defaults = {"title": base.title, "noun": base.noun, "verb": base.verb}
    document = {**{key: value for key, value in defaults.items() if key not in given}, **document, "name": base.name}
    if "noun" not in given:
        document.setdefault("plural", base.plural)
        document.setdefault("nouns", list(base.nouns))
    document.setdefault("plural", f"{document['noun']}s")
    document.setdefault("nouns", [document["noun"], document["plural"]])
    schema = schema_from({"fields": [], **document}, str(path))
    if "fields" not in given:
        schema = Schema(**{**schema.__dict__, "fields": base.fields})
    return schema, _roles(schema, stated, inferred.roles, columns, f"{path}", table)


def _roles(
    schema: Schema, stated: Mapping[str, Any], inferred: Roles, columns: Mapping[str, Column], where: str, table: str
) -> Roles:
    def column(name: Any, what: str) -> str:
        if not isinstance(name, str) or name not in columns:
            raise DataError(
                f"{what} in {where} names column {name!r}, which {table} does not have; its columns are "
                f"{', '.join(columns)}: correct the name or remove it."
            )
        return name

    named = stated.get("fields") or {}
    fields = {}
    for f in schema.fields:
        if f.name in named:
            fields[f.name] = column(named[f.name], f"Field {f.name!r}")
            continue
        alike = (c for c in columns if f.name in (c, field_name(c)) or plain(c) == plain(f.name))
        fields[f.name] = column(inferred.fields.get(f.name) or next(alike, f.name), f"Field {f.name!r}")
    aliases = stated.get("aliases")
    return Roles(
        id=column(stated["id"], "`columns.id`") if stated.get("id") else inferred.id,
        title=column(stated["title"], "`columns.title`") if stated.get("title") else inferred.title,
        text=column(stated["text"], "`columns.text`") if stated.get("text") else inferred.text,
        aliases=inferred.aliases if aliases is None else tuple(column(a, "`columns.aliases`") for a in aliases),
        fields=fields,
    )
