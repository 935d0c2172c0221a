"""A second and a third opinion on XML documents: expat, as Python brings it, and libxml2.

Reads lines, each a JSON list of documents; answers each by a line with a list of [tree or null by expat, true or false
by libxml2]. An element is [name, attributes, children, text before the first child, text behind the element].
"""

import ctypes
import ctypes.util
import json
import sys
from xml.parsers import expat

# The encodings that documents declare are not always known, nor those in which they are handed over here.
NOERROR_NOWARNING_NONET_IGNORE_ENC = 32 | 64 | 2048 | 1 << 21


def tree(document):
    root = [None, {}, [], "", ""]
    open_elements = [root]

    def start(name, attributes):
        element = [name, attributes, [], "", ""]
        open_elements[-1][2].append(element)
        open_elements.append(element)

    def end(_name):
        open_elements.pop()

    def text(characters):
        element = open_elements[-1]
        if element[2]:
            element[2][-1][4] += characters
        else:
            element[3] += characters

    parser = expat.ParserCreate("UTF-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return None
    return root[2][0]


def open_libxml2():
    library = ctypes.CDLL(ctypes.util.find_library("xml2"))
    library.xmlReadMemory.restype = ctypes.c_void_p
    library.xmlFreeDoc.argtypes = [ctypes.c_void_p]
    return library


def main():
    libxml2 = open_libxml2()
    for line in sys.stdin:
        opinions = []
        for text in json.loads(line):
            document = text.encode("utf-8")
            read = libxml2.xmlReadMemory(
                document, len(document), None, b"UTF-8", NOERROR_NOWARNING_NONET_IGNORE_ENC
            )
            if read:
                libxml2.xmlFreeDoc(read)
            opinions.append([tree(document), bool(read)])
        print(json.dumps(opinions), flush=True)


main()
