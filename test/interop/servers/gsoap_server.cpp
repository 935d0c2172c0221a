// Hosts both operations with gSOAP and prints its port. Its WSDL is the one that soapcpp2 writes, which names a host
// that nobody reaches. Writes what it receives to received.jsonl and answers as reply.txt says, both in the folder
// INTEROP_FOLDER.
#include "soapPacsService.h"
#include "Pacs.nsmap"
#include <fstream>
#include <iostream>
#include <sstream>

static std::string contentOf(const std::string &file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

static int answer(struct soap *soap, const char *operation, const char *argument, char **result) {
  std::string folder = getenv("INTEROP_FOLDER");
  std::ofstream(folder + "/received.jsonl", std::ios::app)
      << "gsoap " << operation << " " << soap_s2base64(soap, (const unsigned char *)argument, NULL, strlen(argument))
      << "\n";
  std::istringstream reply(contentOf(folder + "/reply.txt"));
  std::string kind, code, text;
  reply >> kind;
  if (kind == "fault") reply >> code;
  reply >> text;
  const char *decoded = soap_base642s(soap, text.c_str(), NULL, 0, NULL);
  if (kind == "fault")
    return code == "Client" ? soap_sender_fault(soap, decoded, NULL) : soap_receiver_fault(soap, decoded, NULL);
  *result = (char *)decoded;
  return SOAP_OK;
}

int PacsService::SynCrisisInfo(char *inputString, char **result) {
  return answer(soap, "SynCrisisInfo", inputString, result);
}

int PacsService::SynCrisisResponseInfo(char *req, char **result) {
  return answer(soap, "SynCrisisResponseInfo", req, result);
}

static int describe(struct soap *soap) {
  soap_response(soap, SOAP_HTML);
  soap_send(soap, contentOf("Pacs.wsdl").c_str());
  return soap_end_send(soap);
}

int main() {
  PacsService service(SOAP_C_UTFSTRING);
  service.soap->fget = describe;
  service.soap->bind_flags = SO_REUSEADDR;
  if (!soap_valid_socket(service.bind("127.0.0.1", 0, 50))) return 1;
  struct sockaddr_in bound;
  socklen_t size = sizeof bound;
  getsockname(service.soap->master, (struct sockaddr *)&bound, &size);
  std::cout << "listening " << ntohs(bound.sin_port) << std::endl;
  for (;;) {
    if (soap_valid_socket(service.accept())) service.serve();
    service.destroy();
  }
}
