"""Hosts both operations with spyne, SOAP 1.1 and 1.2 at a path each, and prints its port. Writes what it receives to
received.jsonl and answers as reply.json says, both in the folder INTEROP_FOLDER."""

import json
import os
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import Application, Fault, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication

folder = Path(os.environ["INTEROP_FOLDER"])


def answer(context, operation, argument):
    received = {"path": context.transport.req["PATH_INFO"].strip("/"), "operation": operation, "argument": argument}
    with open(folder / "received.jsonl", "a", encoding="ascii") as file:
        file.write(json.dumps(received) + "\n")
    reply = json.loads((folder / "reply.json").read_text(encoding="utf-8"))
    if "fault" in reply:
        raise Fault(faultcode=reply["fault"]["code"], faultstring=reply["fault"]["text"])
    return reply["value"]


class Pacs(ServiceBase):
    @rpc(Unicode, _returns=Unicode)
    def SynCrisisInfo(ctx, inputString):
        return answer(ctx, "SynCrisisInfo", inputString)

    @rpc(Unicode, _returns=Unicode)
    def SynCrisisResponseInfo(ctx, req):
        return answer(ctx, "SynCrisisResponseInfo", req)


def application(protocol):
    return WsgiApplication(
        Application([Pacs], "http://pacs.example/spyne", in_protocol=protocol(), out_protocol=protocol())
    )


applications = {"spyne": application(Soap11), "spyne-1.2": application(Soap12)}


class Silent(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server(
    "127.0.0.1", 0, lambda env, start: applications[env["PATH_INFO"].strip("/")](env, start), handler_class=Silent
)
print(f"listening {server.server_port}", flush=True)
server.serve_forever()
