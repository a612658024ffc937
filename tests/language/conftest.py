"""Fixtures of the language room."""

from __future__ import annotations

import pytest

from tests.language.language_world import ChatServer


@pytest.fixture
def chat_server():
    """Start chat servers; all are stopped at the end."""
    servers: list[ChatServer] = []

    def start(answer) -> ChatServer:
        servers.append(ChatServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
