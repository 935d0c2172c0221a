//gsoap ns service name: Pacs
//gsoap ns service namespace: http://pacs.example/gsoap
//gsoap ns service location: http://pacs.invalid/gsoap
int ns__SynCrisisInfo(char *inputString, char **result);
int ns__SynCrisisResponseInfo(char *req, char **result);
