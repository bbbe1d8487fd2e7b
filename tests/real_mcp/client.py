"""In the client's own environment: plays a list of calls on a server, and prints what the client makes of it as JSON.

The first argument is a JSON object: `mode` of the connection, `command`, `args`, `cwd`, `env`, and `calls`.
"""

import asyncio
import json
import sys
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client


async def play(script: dict[str, Any]) -> dict[str, Any]:
    """Connect, list the tools, make the calls one after the other, then again all at once."""
    names = ("command", "args", "cwd", "env")
    server = StdioServerParameters(**{name: script[name] for name in names})
    async with Client(stdio_client(server), mode=script["mode"]) as client:
        listed = await client.list_tools()
        results = [await client.call_tool(name, arguments) for name, arguments in script["calls"]]
        together = await asyncio.gather(*(client.call_tool(name, arguments) for name, arguments in script["calls"]))
        refused = ""
        try:
            await client.call_tool("no-such-tool", {})
        except Exception as error:  # whatever the client raises is what is asked for
            refused = str(error)
        return {
            "version": client.protocol_version,
            "instructions": client.instructions,
            "server": client.server_info.model_dump() if client.server_info else None,
            "tools": [one.model_dump() for one in listed.tools],
            "results": [one.model_dump() for one in results],
            "together": [one.model_dump() for one in together],
            "refused": refused,
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(play(json.loads(sys.argv[1])))))
