"""What the thread that sends takes of the processor is looked at while it sends, and on that thread."""

import threading
from pathlib import Path

from small_job import prepare
from target import ACCOUNT, API_KEY, Target

from importer.outcome import State
from importer.pipeline import Sending, Surroundings, run
from importer.session import Wanted
from importer.settings import Account, Secret
from importer.upload import SendOptions


def test_the_thread_that_sends_is_asked_what_it_took_of_the_processor(tmp_path: Path) -> None:
    prepare(tmp_path, 20)
    asked: list[str] = []

    def processor() -> float:
        asked.append(threading.current_thread().name)
        return 0.0

    with Target() as target:
        who = Account(base_url=target.base_url, account_id=ACCOUNT, api_key=Secret(API_KEY))
        words = Wanted(
            (str(tmp_path / "rows.csv"),), str(tmp_path / "crm.yaml"), who, tmp_path / "state", new_ledger=True
        )
        done = run(
            words, Sending(account=who, chunk_size=1000, options=SendOptions()), Surroundings(processor=processor)
        )
    assert done.states[State.CREATED] == 20
    assert set(asked) == {threading.current_thread().name}
