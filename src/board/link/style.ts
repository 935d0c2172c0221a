import { hash } from 'node:crypto'

/** Made for a telephone held in one hand: one column, targets of 48 px, the colours of the device. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#16181d;--quiet:#5a6270;--line:#d5d9e0;--main:#0b5cad;--ink-on-main:#fff;--alarm:#b3261e;--good:#1c6b36;--warn-ground:#fff3cd;--warn:#5c4400;--focus:#1a5fb4}
@media (prefers-color-scheme:dark){:root{--ground:#14161a;--card:#1f2228;--ink:#eceef2;--quiet:#a6adba;--line:#3a3f49;--main:#7db3f2;--ink-on-main:#06182b;--alarm:#ff9d94;--good:#7cc796;--warn-ground:#3d3312;--warn:#f3dd9a;--focus:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:32rem;margin:0 auto;padding:1rem}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;min-height:48px;margin-bottom:.5rem}
header p{margin:0;color:var(--quiet);overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3;margin:.25rem 0 .75rem}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem;margin:0 0 1rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem .9rem;margin:0}
dt{color:var(--quiet);white-space:nowrap}
dd{margin:0;overflow-wrap:anywhere}
.value{font-size:1.3rem;font-weight:700;color:var(--alarm)}
.mark{background:var(--warn-ground);color:var(--warn);border-radius:8px;padding:.6rem .8rem;margin:0 0 1rem;font-weight:600}
.good{color:var(--good)}
label{display:block;margin:0 0 .9rem}
label.tick{display:flex;gap:.75rem;align-items:center;min-height:48px}
input[type=text],textarea,select{display:block;width:100%;min-height:48px;margin-top:.3rem;padding:.6rem .7rem;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--quiet);border-radius:8px}
input[type=checkbox]{width:26px;height:26px;margin:0;flex:none}
button,.button{display:flex;align-items:center;justify-content:center;width:100%;min-height:52px;margin:.6rem 0 0;padding:.6rem 1rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--ink);background:var(--card);border:1px solid var(--quiet);border-radius:10px;cursor:pointer}
button.main,.button.main{color:var(--ink-on-main);background:var(--main);border-color:var(--main)}
header a,button.plain{display:inline-flex;align-items:center;width:auto;min-width:48px;min-height:48px;margin:0;padding:0 .5rem;color:var(--ink);background:none;border:0;font:inherit;text-decoration:underline}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
form + form{margin-top:1.4rem}
summary{min-height:48px;padding:.7rem 0;cursor:pointer;font-weight:600}
p{margin:0 0 .8rem}
.quiet{color:var(--quiet)}
`

/** By which a browser knows this style, and takes no other. */
export const STYLE_HASH = hash('sha256', STYLE, 'base64')
