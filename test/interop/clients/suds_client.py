"""Calls a service by its WSDL with suds. Reads the calls as JSON from stdin, prints the answers as JSON."""

import json
import sys
from xml.sax.saxutils import escape

from suds import WebFault
from suds.client import Client
from suds.sax.text import Raw

asked = json.load(sys.stdin)
service = Client(asked["wsdl"], cache=None, port="CrisisSoap").service
answers = []
for call in asked["calls"]:
    argument = call["argument"]
    # Left to itself, suds takes "&lt;" in a text for escaped already, and leaves a carriage return bare.
    if not call.get("plain"):
        argument = Raw(escape(argument, {"\r": "&#13;"}))
    try:
        value = getattr(service, call["operation"])(**{call["parameter"]: argument})
        answers.append({"value": None if value is None else str(value)})
    except WebFault as fault:
        answers.append({"fault": {"code": fault.fault.faultcode, "text": fault.fault.faultstring}})
    except Exception as error:
        # suds reads a Fault under HTTP 500 only, as SOAP 1.1 has it; of another status it tells just that.
        status, text = error.args[0]
        answers.append({"fault": {"code": f"HTTP {status}", "text": text}})
json.dump(answers, sys.stdout)
