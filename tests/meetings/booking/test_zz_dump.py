import json, os
import pytest
from tests.meetings.booking.test_phrases import *
from tests.meetings.booking.test_phrases import clock, scenes
def test_dump(scenes):
    only=set()
    p='/tmp/fails.json'
    table=rows("phrases")
    if os.path.exists(p) and not os.environ.get("ALL"): 
        only={(a,s,z) for a,s,z in json.load(open(p))}
        table=[r for r in table if (r['after'],r['said'],r['zone']) in only]
    fails=[]; out=__import__('pathlib').Path('/tmp/dump.txt').open('w'); n=0
    for row in by_state(table,"after"):
        before, after, _ = scenes[row["after"]].hear(row["said"], row["zone"])
        v=Judge(row,before,after).verdict(); n+=1
        if v!="understood":
            fails.append((row['after'],row['said'],row['zone']))
            m=json.dumps(row['means'],ensure_ascii=False)[:260]+(" ASK" if 'ask' in row else "")
            ch=after.state.chosen.astimezone(ZoneInfo(row['zone'])).strftime("%a %d %H:%M") if after.state.chosen else ""
            z="" if row['zone']=="Europe/Berlin" else "{"+row['zone']+"}"
            out.write(f"{v[:6]} {row['category']} [{row['after']}]{z} {row['said']!r}\n    -> {after.text[:200]!r} {ch} z={after.state.zone}\n    ?? {m}\n")
    json.dump(fails,open('/tmp/fails.json','w'))
    out.close(); __import__('pathlib').Path('/tmp/n.txt').write_text(f'{n} {len(fails)}')
