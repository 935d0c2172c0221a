// Calls a service with what wsdl2h and soapcpp2 made of its WSDL. Arguments: WSDL, SOAP version; calls and answers are
// lines.
#include "soapCrisisSoapProxy.h"
#include "CrisisSoap.nsmap"
#include <iostream>
#include <sstream>

static struct soap *texts;

static std::string encoded(const char *text) {
  return text ? soap_s2base64(texts, (const unsigned char *)text, NULL, (int)strlen(text)) : "";
}

int main(int, char **argv) {
  std::string address(argv[1]);
  address.resize(address.find('?'));
  bool soap12 = strcmp(argv[2], "1.2") == 0;
  texts = soap_new();
  CrisisSoapProxy proxy(SOAP_C_UTFSTRING);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string operation, base64;
    words >> operation >> base64;
    const char *argument = soap_base642s(texts, base64.c_str(), NULL, 0, NULL);
    int error;
    const char *value;
    if (operation == "SynCrisisInfo") {
      _crisis1__SynCrisisInfo request;
      _crisis1__SynCrisisInfoResponse reply;
      request.inputString = (char *)argument;
      error = soap12 ? proxy.SynCrisisInfo_(address.c_str(), NULL, &request, reply)
                     : proxy.SynCrisisInfo(address.c_str(), NULL, &request, reply);
      value = reply.return_;
    } else {
      _crisis1__SynCrisisResponseInfo request;
      _crisis1__SynCrisisResponseInfoResponse reply;
      request.req = (char *)argument;
      error = soap12 ? proxy.SynCrisisResponseInfo_(address.c_str(), NULL, &request, reply)
                     : proxy.SynCrisisResponseInfo(address.c_str(), NULL, &request, reply);
      value = reply.return_;
    }
    if (error)
      std::cout << "fault " << encoded(*soap_faultcode(proxy.soap)) << " " << encoded(*soap_faultstring(proxy.soap));
    else if (value)
      std::cout << "value " << encoded(value);
    else
      std::cout << "null";
    std::cout << std::endl;
  }
}
