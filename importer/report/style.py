"""How the pages look: light and dark, on paper and on a phone. Text stands out from its ground at least 4.5 to 1."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--quiet:#545d68;--line:#d0d7de;--panel:#f4f6f8;
--created:#1a7f37;--updated:#0a6bc2;--unchanged:#8b949e;--rejected:#bc4c00;--failed:#cf222e;--unknown:#8250df;
--unsent:#c9a227;--bar:#0a6bc2;--wait:#f3d9a4}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--quiet:#a3adb8;--line:#3d444d;
--panel:#161b22;--created:#3fb950;--updated:#58a6ff;--unchanged:#6e7681;--rejected:#f0883e;--failed:#ff7b72;
--unknown:#bc8cff;--unsent:#e3b341;--bar:#58a6ff;--wait:#5a4413}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:68rem;background:var(--ground);color:var(--text);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.5rem 0;max-width:50rem}
.lead{font-size:1.15rem}
.quiet,caption,figcaption,footer{color:var(--quiet)}
.next{background:var(--panel);border:1px solid var(--line);border-left:.3rem solid var(--bar);border-radius:.3rem;
padding:.5rem 1rem;margin:1rem 0}
code{font:.92em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.command{display:block;white-space:pre-wrap;background:var(--panel);border:1px solid var(--line);
border-radius:.3rem;padding:.35rem .6rem;margin:.2rem 0 .5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.8rem 0}
dt{color:var(--quiet)}
dd{margin:0}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.95rem}
caption{text-align:left;padding:.2rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
thead th{white-space:nowrap}
tbody th{font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{display:block;width:100%}
svg.swatch{display:inline-block;width:.8rem;height:.8rem;margin-right:.5rem;vertical-align:-.05rem}
svg.share{width:6rem;height:.7rem;margin-top:.4rem}
.chart{height:6rem;border-bottom:1px solid var(--line);background:var(--panel)}
.small .chart{height:3rem}
.states{height:2rem;border-radius:.3rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem}
figure{margin:.8rem 0}
.line{fill:none;stroke:var(--bar);stroke-width:2;vector-effect:non-scaling-stroke}
.bar{fill:var(--bar)}.rest{fill:var(--line)}.wait{fill:var(--wait)}
.seam{stroke:var(--ground);stroke-width:1;vector-effect:non-scaling-stroke}
.created{fill:var(--created)}.updated{fill:var(--updated)}.unchanged{fill:var(--unchanged)}
.rejected{fill:var(--rejected)}.failed{fill:var(--failed)}.unknown{fill:var(--unknown)}.unsent{fill:var(--unsent)}
ul{margin:.4rem 0;padding-left:1.3rem}
summary{cursor:pointer;padding:.3rem 0}
:focus-visible{outline:2px solid var(--bar);outline-offset:2px}
footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.8rem;font-size:.9rem}
@media (max-width:36rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}body{padding:1rem .8rem 2rem}
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,tr,th,td,caption{display:block}tbody tr{border-bottom:1px solid var(--line);padding:.4rem 0}
th,td{border:0;padding:.05rem 0}.number{text-align:left}
td[data-label]::before{content:attr(data-label) ": ";color:var(--quiet)}td:empty{display:none}}
@media print{:root{color-scheme:light;--ground:#fff;--text:#000;--quiet:#333;--panel:#fff;--line:#999}
body{max-width:none;padding:0;font-size:10pt}.table{overflow:visible}tr,figure,.next{break-inside:avoid}
h2,h3{break-after:avoid}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'"
)
"""Nothing is loaded, no script runs, and no style but this one counts."""
