"""The few messages of BuildKit's protocol that a build needs, declared here and made into classes at run time.

Numbers and types are those on the wire, names are our own. Paths are bytes: a file's name need not be UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "compose_ui.buildkit"
_Field = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "text": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "bool": _Field.TYPE_BOOL,
    "int": _Field.TYPE_INT64,
    "uint": _Field.TYPE_UINT32,
}
# A message's fields as "name:number:type"; a type with * is repeated, "map" goes from text to text.
_MESSAGES: Mapping[str, str] = {
    "Empty": "",
    "Time": "seconds:1:int nanos:2:int",
    # The builder itself
    "SolveRequest": "ref:1:text exporter:3:text exporter_options:4:map session:5:text frontend:6:text options:7:map "
    "cache:8:CacheOptions entitlements:9:text*",
    "CacheOptions": "exports:4:CacheEntry* imports:5:CacheEntry*",
    "CacheEntry": "type:1:text options:2:map",
    "SolveResponse": "exporter:1:map",
    "StatusRequest": "ref:1:text",
    "StatusResponse": "vertices:1:Vertex* statuses:2:VertexStatus* logs:3:VertexLog*",
    "Vertex": "digest:1:text inputs:2:text* name:3:text cached:4:bool started:5:Time completed:6:Time error:7:text",
    "VertexStatus": "id:1:text vertex:2:text name:3:text current:4:int total:5:int started:7:Time completed:8:Time",
    "VertexLog": "vertex:1:text stream:3:int text:4:bytes",
    # What it asks of us
    "HealthResponse": "status:1:int",
    "SecretRequest": "id:1:text",
    "SecretResponse": "data:1:bytes",
    "CredentialsRequest": "host:1:text",
    "CredentialsResponse": "username:1:text secret:2:text",
    "AgentRequest": "id:1:text",
    "Bytes": "data:1:bytes",
    "Packet": "type:1:int stat:2:Stat id:3:uint data:4:bytes",
    "Stat": "path:1:bytes mode:2:uint uid:3:uint gid:4:uint size:5:int modified:6:int link:7:bytes "
    "major:8:int minor:9:int",
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="compose_ui/buildkit.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields.split():
            _add_field(message, *field.split(":"))
    return file


def _add_field(message: descriptor_pb2.DescriptorProto, name: str, number: str, kind: str) -> None:
    field = message.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
    if kind.endswith("*") or kind == "map":
        field.label = _Field.LABEL_REPEATED
    kind = kind.removesuffix("*")
    if kind in _TYPES:
        field.type = _TYPES[kind]
        return
    field.type = _Field.TYPE_MESSAGE
    field.type_name = f".{_PACKAGE}.{kind}"
    if kind == "map":
        entry = _map_entry(message, name)
        field.type_name = f".{_PACKAGE}.{message.name}.{entry}"


def _map_entry(message: descriptor_pb2.DescriptorProto, field: str) -> str:
    name = "".join(part.capitalize() for part in field.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    _add_field(entry, "key", "1", "text")
    _add_field(entry, "value", "2", "text")
    return name


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_made = _classes()
Empty: Any = _made["Empty"]
SolveRequest: Any = _made["SolveRequest"]
SolveResponse: Any = _made["SolveResponse"]
StatusRequest: Any = _made["StatusRequest"]
StatusResponse: Any = _made["StatusResponse"]
HealthResponse: Any = _made["HealthResponse"]
SecretRequest: Any = _made["SecretRequest"]
SecretResponse: Any = _made["SecretResponse"]
CredentialsRequest: Any = _made["CredentialsRequest"]
CredentialsResponse: Any = _made["CredentialsResponse"]
AgentRequest: Any = _made["AgentRequest"]
Bytes: Any = _made["Bytes"]
Packet: Any = _made["Packet"]
Stat: Any = _made["Stat"]
