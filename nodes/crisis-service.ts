import type { NodeAPI } from 'node-red'
import { serveInboundCheck, serveServiceDialog } from './dialogs/index.js'
import { register } from './face/index.js'
import { hosting, Service, SERVICE } from './service/index.js'
import type { ServiceConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<ServiceConfig>(RED, {
    name: 'crisis service',
    credentials: { licences: 'password', user: 'text', secret: 'password', pathSecret: 'password' },
    load(runtime) {
      hosting.mountOn(runtime)
      serveServiceDialog(runtime)
      serveInboundCheck(runtime)
    },
    create(face, saved) {
      const service = new Service(face, saved)
      face.give(SERVICE, service)
      face.onClose(() => service.close())
    },
  })
