"""Many calls under one deadline: who is late is ended, nobody else is."""

import asyncio

import pytest

from importer.http.deadline import Deadline


def test_a_call_in_time_gives_what_it_gives_and_a_late_one_raises() -> None:
    async def run() -> None:
        deadline = Deadline(0.05)
        assert await deadline.keep(asyncio.sleep(0, "in time")) == "in time"
        with pytest.raises(TimeoutError):
            await deadline.keep(asyncio.sleep(30))
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()
        assert await deadline.keep(asyncio.sleep(0, "again")) == "again"

    asyncio.run(run())


def test_each_of_many_has_its_own_time_from_its_own_beginning() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        deadline = Deadline(0.3)

        async def late(after: float) -> float:
            await asyncio.sleep(after)
            begun = loop.time()
            with pytest.raises(TimeoutError):
                await deadline.keep(asyncio.sleep(30))
            return loop.time() - begun

        async def quick(after: float) -> str:
            await asyncio.sleep(after)
            return await deadline.keep(asyncio.sleep(0.01, "done"))

        took = asyncio.gather(*(late(n / 100) for n in range(20)))
        assert await asyncio.gather(*(quick(n / 100) for n in range(40))) == ["done"] * 40
        assert min(await took) >= 0.29

    asyncio.run(run())


def test_who_is_cancelled_is_cancelled_and_not_late() -> None:
    async def run() -> None:
        deadline = Deadline(30)
        task = asyncio.create_task(deadline.keep(asyncio.sleep(30)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(run())


def test_who_is_late_and_cancelled_in_the_same_moment_is_cancelled() -> None:
    async def run() -> None:
        deadline = Deadline(0.02)
        caught = asyncio.Event()

        async def linger() -> None:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                caught.set()
                await asyncio.sleep(0)
                raise

        task = asyncio.create_task(deadline.keep(linger()))
        await caught.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_a_call_that_ends_well_in_spite_of_its_deadline_leaves_nobody_cancelled() -> None:
    async def run() -> None:
        deadline = Deadline(0.02)

        async def stubborn() -> str:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                return "well"
            return "never"

        assert await deadline.keep(stubborn()) == "well"
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()
        await asyncio.sleep(0)

    asyncio.run(run())
