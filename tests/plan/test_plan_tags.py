"""A tag that a cell names is a customer's: the page of a plan counts it under `tags.*`."""

from pathlib import Path

from program import account, importer
from target import Target

MAPPING = """
version: 1
name: crm
key: external_id
contact: {external_id: no, tags: {vip: vip, "*": {column: marks, split: ","}}}
"""


def test_a_plan_names_the_tags_of_the_mapping_alone(tmp_path: Path, target: Target) -> None:
    (tmp_path / "crm.yaml").write_text(MAPPING)
    words, env = ("-m", "./crm.yaml", "--new-ledger"), account(target.base_url)
    (tmp_path / "rows.csv").write_text('no,vip,marks\n1,yes,"ana@x.co,rum"\n2,no,\n')
    assert importer("run", "rows.csv", *words, cwd=tmp_path, env=env).code == 0
    (tmp_path / "rows.csv").write_text('no,vip,marks\n1,no,"rum,bea@x.co,cyd@x.co"\n2,no,tea\n')
    page = importer("plan", "rows.csv", *words, cwd=tmp_path, env=env)
    assert (page.code, "@" in page.out, "tags.*" in page.out) == (11, False, True)
    done = importer("plan", "rows.csv", *words, "--json", cwd=tmp_path, env=env)
    fields = {"tags.*": {"set": 2, "left_out": 1}, "tags.vip": {"changed": 1}}
    assert done.document["changes"]["fields"] == fields
    assert "@" not in done.out
