import type { Reason, Role } from '../../api.js'
import { words } from '../language.js'

export const ROLE_WORDS: Readonly<Record<Role, Reason>> = {
  look: words('查看', 'look'),
  act: words('操作', 'act'),
  administer: words('管理', 'administer'),
}
