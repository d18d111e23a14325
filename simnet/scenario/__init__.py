"""The file format: YAML text in, a frozen `Scenario` out, and back.

=============  =====================================================================================
`model`        the scenario as a frozen value
`load`         file or text -> scenario, or every mistake of it in one go
`tree`         YAML as nodes that know their line and column; `syntax` says what is no YAML
`read`         nodes -> scenario, part by part (`parts`), in words an author knows (`sentences`, `words`)
`sense`        what must hold between the parts
`report`       the mistakes with their lines and carets
`names`        the section `names`; `resolver` makes the service of it that answers for them
`dump`         scenario -> a minimal file that loads to an equal one
`schema`       the JSON Schema of the format, for editors
=============  =====================================================================================
"""

from simnet.scenario.dump import dump
from simnet.scenario.load import load_expectations, load_file, load_text
from simnet.scenario.model import ClientSpec, NameSpec, Scenario, ServiceSpec
from simnet.scenario.schema import schema

__all__ = [
    "ClientSpec",
    "NameSpec",
    "Scenario",
    "ServiceSpec",
    "dump",
    "load_expectations",
    "load_file",
    "load_text",
    "schema",
]
