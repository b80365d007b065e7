"""Executes notebooks over Jupyter's wire, two at a time, and writes them as they are then.

Usage: execute_notebooks.py FOLDER NOTEBOOK...
"""

import asyncio
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


async def execute(path: Path, into: Path, turn: asyncio.Semaphore) -> None:
    async with turn:
        notebook = nbformat.read(path, as_version=4)
        resources = {"metadata": {"path": str(path.parent)}}
        # An error is an output like any other here: whoever reads the result finds it.
        client = NotebookClient(
            notebook, timeout=120, kernel_name="tracebook", resources=resources, allow_errors=True
        )
        await client.async_execute()
        nbformat.write(notebook, into / path.name)


async def main() -> None:
    into, turn = Path(sys.argv[1]), asyncio.Semaphore(2)
    await asyncio.gather(*(execute(Path(name), into, turn) for name in sys.argv[2:]))


asyncio.run(main())
