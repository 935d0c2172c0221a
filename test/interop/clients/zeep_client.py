"""Calls a service by its WSDL with zeep. Reads the calls as JSON from stdin, prints the answers as JSON."""

import json
import sys

import zeep
from zeep.exceptions import Fault

asked = json.load(sys.stdin)
port = {"1.1": "CrisisSoap", "1.2": "CrisisSoap12"}[asked["version"]]
service = zeep.Client(asked["wsdl"]).bind("CrisisService", port)
answers = []
for call in asked["calls"]:
    try:
        answers.append({"value": service[call["operation"]](**{call["parameter"]: call["argument"]})})
    except Fault as fault:
        answers.append({"fault": {"code": str(fault.code), "text": fault.message}})
json.dump(answers, sys.stdout)
