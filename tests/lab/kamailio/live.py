"""Real calls over a real kamailio, a PBX that forks as a proxy, for the product to follow.

    live.py KIT OUT [SCENARIO…]      01 04 are two of them; without any, all

The callers and telephones are the kit's own; the truth is read off the wire by tcpdump, between the
carrier, kamailio and the telephones, and written as the kit's judge wants it. The product rings along
as `listener`, which this lab leaves alone.
"""
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time

KIT, OUT = sys.argv[1], sys.argv[2]
sys.path.insert(0, os.path.join(KIT, 'lab'))
import labcore  # noqa: E402
from labcore import PHONE_IP, UA, Lab, phone, pcap_sip  # noqa: E402
from sipua import Msg  # noqa: E402

labcore.PBX = KAMAILIO = ('127.0.0.1', 5080)
PBX = '%s:%d' % KAMAILIO
HOT = '4008001234'
POSITIONS = ('801', '802', '803')
BY_IP = {ip: name for name, ip in PHONE_IP.items()}
BY_IP['127.0.0.1'] = 'listener'


def number_of(header):
    user = re.search(r'sips?:([^@;>]+)@', header or '')
    return user.group(1) if user else ''


class Call:
    """One call of the carrier, as it passed on the wire."""

    def __init__(self, ts, msg):
        self.asserted = msg.get('p-asserted-identity')
        self.caller = number_of(self.asserted) or number_of(msg.get('from'))
        private = 'id' in msg.get('privacy') or 'anonymous' in msg.get('from').lower()
        self.caller = '' if private else self.caller
        self.did, self.start = number_of(msg.uri), ts
        self.trunk_answered = self.end = self.cause = None
        self.legs = {}

    def leg(self, dev, ts):
        blank = {'dev': dev, 'new': ts, 'ringing': None, 'up': None, 'end': None}
        return self.legs.setdefault(dev, blank)

    def truth(self):
        legs = list(self.legs.values())
        lifted = sorted((leg['up'], leg['dev']) for leg in legs if leg['up'] and leg['dev'] != 'listener')
        rang = [leg['ringing'] for leg in legs if leg['ringing']]
        answer, by = lifted[0] if lifted else (None, None)
        return {
            'caller': self.caller, 'did': self.did, 'start': self.start, 'end': self.end, 'cause': self.cause,
            'trunk_answered': self.trunk_answered, 'ring': min(rang) if rang else None, 'answer': answer,
            'answered_by': by, 'legs': legs, 'segments': [],
            'outcome': 'answered' if answer else 'abandoned-or-failed',
        }


def calls_of(packets):
    """What the carrier's calls were, read off the messages between it, kamailio and the telephones."""
    calls, busy = {}, {}
    for ts, source, target, data in packets:
        if data[:4] == b'HEP3' or b'\r\n' not in data:
            continue
        msg = Msg.parse(data)
        call_id, kind = msg.get('call-id'), msg.get('cseq').split()[-1:]
        from_carrier = re.match(r'127\.0\.0\.1[0-3]:', source) and target == PBX
        to_carrier = source == PBX and re.match(r'127\.0\.0\.1[0-3]:', target)
        if msg.is_req and msg.method == 'INVITE' and from_carrier and call_id not in calls:
            calls[call_id] = Call(ts, msg)
        call = calls.get(call_id)
        if call is None:
            continue
        device = BY_IP.get((target if source == PBX else source).split(':')[0])
        if msg.is_req and msg.method == 'INVITE' and source == PBX and device and not to_carrier:
            call.leg(device, ts)
        elif not msg.is_req and kind == ['INVITE'] and target == PBX and device in call.legs:
            leg = call.legs[device]
            if msg.code == 180 and not leg['ringing']:
                leg['ringing'] = ts
            elif 200 <= msg.code < 300 and not leg['up']:
                leg['up'] = ts
            elif msg.code >= 300 and not leg['end']:
                leg['end'] = ts
        elif not msg.is_req and kind == ['INVITE'] and to_carrier:
            if 200 <= msg.code < 300:
                call.trunk_answered = call.trunk_answered or ts
            elif msg.code >= 300:
                call.end = call.end or ts
        elif msg.is_req and msg.method in ('BYE', 'CANCEL'):
            if msg.method == 'BYE' or from_carrier:
                call.end = min(call.end or ts, ts)
    return [call.truth() for call in calls.values()]


class NoAmi:
    events, chans = [], {}


class KamailioLab(Lab):
    """The kit's callers and telephones, registered at kamailio."""

    async def start(self):
        self.ami, self.errs = NoAmi(), labcore.RUN
        for name in POSITIONS + ('804',):
            ua = UA(name, PHONE_IP[name], 5060, name, 'lab' + name, KAMAILIO)
            await ua.open()
            self.phones[name] = ua
            answer = await ua.register()
            assert answer is not None and answer.code == 200, (name, answer and answer.start)
        self.default_behaviour()
        await asyncio.sleep(0.5)

    async def stop(self):
        for ua in self.phones.values():
            await ua.register(0)
            ua.close()

    async def run(self, name, what, scenario):
        self.cur = os.path.join(self.out, name)
        os.makedirs(self.cur, exist_ok=True)
        self.default_behaviour()
        for ua in self.phones.values():
            for seen in (ua.calls, ua.served, ua.pending, ua.trace):
                seen.clear()
        pcap = self.cur + '/capture.pcap'
        witness = await asyncio.create_subprocess_exec(
            'tcpdump', '-i', 'lo', '-U', '-s', '0', '-w', pcap, 'udp and (port 5060 or port 5080)',
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        await witness.stderr.readline()
        await asyncio.sleep(0.3)
        self.procs, began, error = [], time.time(), None
        try:
            await asyncio.wait_for(scenario(self), 120)
        except Exception as failure:  # told in the truth, the next scenario runs all the same
            error = '%s: %s' % (type(failure).__name__, failure)
        for caller, process, copy in self.procs:
            try:
                await asyncio.wait_for(process.wait(), 60)
            except asyncio.TimeoutError:
                process.terminate()
                error = (error or '') + ' sipp %s did not end' % caller
            if os.path.exists(copy):
                os.unlink(copy)
        await asyncio.sleep(3.0)
        witness.send_signal(signal.SIGINT)
        await witness.wait()
        ended = [(caller, process.returncode) for caller, process, _ in self.procs]
        # a caller who left is answered with the best of all refusals (486 of a telephone, 407 of a
        # branch that went round), where SIPp waits for 487
        odd = [one for one in ended if one[1] != 0 and one != ('uac_abandon', 255)]
        if not error and odd:
            error = 'sipp: ' + ', '.join('%s ended with %s' % one for one in odd)
        truth = {
            'calls': calls_of(pcap_sip(pcap)), 'transfers': [], 'scenario': name, 'description': what,
            't0': round(began, 6), 't1': round(time.time(), 6), 'live': os.environ.get('LAB_MODE', ''),
            'sipp': ended, 'notes': {},
        }
        if error:
            truth['error'] = error
        with open(self.cur + '/truth.json', 'w') as file:
            json.dump(truth, file, indent=1)
        tale = ' | '.join('%s by %s %s' % (c['caller'] or 'withheld', c['answered_by'], c['outcome'])
                          for c in truth['calls'])
        print('%-28s %s%s' % (name, tale or 'no hotline call', '  ERR ' + error if error else ''), flush=True)
        return error


async def first_ring(lab):
    lab.phones['801'].on_invite = phone(answer_after=3, bye_after=4)
    await lab.sipp('uac_waitbye', HOT)


async def third_ring(lab):
    lab.phones['802'].on_invite = phone(answer_after=12)
    await lab.sipp('uac_callerbye', HOT, talk=3)


async def late(lab):
    lab.phones['803'].on_invite = phone(answer_after=17, bye_after=3)
    await lab.sipp('uac_waitbye', HOT, caller='13900002222')


async def abandoned(lab):
    await lab.sipp('uac_abandon', HOT, ring=8)


async def abandoned_at_once(lab):
    await lab.sipp('uac_abandon', HOT, ring=2)


async def all_busy(lab):
    for name in POSITIONS:
        lab.phones[name].on_invite = phone(reject=(0, 486))
    await lab.sipp('uac_abandon', HOT, ring=6)


async def nobody_registered(lab):
    for name in POSITIONS:
        await lab.phones[name].register(0)
    await asyncio.sleep(0.5)
    await lab.sipp('uac_abandon', HOT, ring=6)
    for name in POSITIONS:
        await lab.phones[name].register()


async def two_callers(lab):
    turns = {'801': 0, '802': 0}

    def take(name, turn, after, bye):
        async def behave(call):
            turns[name] += 1
            await phone(answer_after=after if turns[name] == turn else None, bye_after=bye)(call)
        return behave
    lab.phones['801'].on_invite = take('801', 1, 5, 5)
    lab.phones['802'].on_invite = take('802', 2, 6, 4)
    await lab.sipp('uac_waitbye', HOT, caller='13800001111', ip='127.0.0.10', wait=False)
    await asyncio.sleep(2)
    await lab.sipp('uac_waitbye', HOT, caller='13900002222', ip='127.0.0.11')


async def one_number_twice_at_once(lab):
    turns = {'801': 0, '802': 0}

    def take(name, turn, after, bye):
        async def behave(call):
            turns[name] += 1
            await phone(answer_after=after if turns[name] == turn else None, bye_after=bye)(call)
        return behave
    lab.phones['801'].on_invite = take('801', 1, 6, 5)
    lab.phones['802'].on_invite = take('802', 2, 6, 4)
    await lab.sipp('uac_waitbye', HOT, ip='127.0.0.10', wait=False)
    await asyncio.sleep(1)
    await lab.sipp('uac_waitbye', HOT, ip='127.0.0.11')


async def calls_again(lab):
    turn = [0]

    async def behave(call):
        turn[0] += 1
        await phone(answer_after=3 if turn[0] == 2 else None, bye_after=2)(call)
    lab.phones['801'].on_invite = behave
    await lab.sipp('uac_abandon', HOT, ring=4)
    await asyncio.sleep(3)
    await lab.sipp('uac_waitbye', HOT)


async def anonymous(lab):
    lab.phones['801'].on_invite = phone(answer_after=2, bye_after=2)
    await lab.sipp('uac_anonymous', HOT)


async def asserted(lab):
    lab.phones['801'].on_invite = phone(answer_after=2, bye_after=2)
    await lab.sipp('uac_pai', '+86' + HOT)


async def early_media(lab):
    lab.phones['801'].on_invite = phone(answer_after=3, bye_after=2, early=True)
    await lab.sipp('uac_waitbye', HOT)


async def hold(lab):
    async def holds(call):
        await asyncio.sleep(2)
        await call.hold(True)
        await asyncio.sleep(2)
        await call.hold(False)
        await asyncio.sleep(1)
        await call.bye()
    lab.phones['801'].on_invite = phone(answer_after=2, then=holds)
    await lab.sipp('uac_waitbye', HOT)


async def internal(lab):
    lab.phones['801'].on_invite = phone(answer_after=1, bye_after=1)
    await lab.phones['804'].invite('801')
    await asyncio.sleep(3)


SCENARIOS = [
    ('01-first-ring', '801 answers on the first ring and hangs up', first_ring),
    ('02-third-ring', '802 answers on the third ring, the caller hangs up', third_ring),
    ('03-late', '803 answers after the promise', late),
    ('04-abandoned', 'the caller gives up after 8 s', abandoned),
    ('05-abandoned-at-once', 'the caller gives up within the first ring', abandoned_at_once),
    ('06-all-busy', 'all operators are busy, the listener rings', all_busy),
    ('07-nobody-registered', 'no operator is registered, the listener rings', nobody_registered),
    ('08-two-callers', 'two callers, each answered by another operator', two_callers),
    ('09-one-number-twice', 'one number calls twice at once', one_number_twice_at_once),
    ('10-calls-again', 'the caller gives up and calls again', calls_again),
    ('11-anonymous', 'the caller withholds the number', anonymous),
    ('12-asserted', 'the network asserts another number than From', asserted),
    ('13-early-media', '801 sends 183 and never 180', early_media),
    ('14-hold', '801 holds and resumes', hold),
    ('15-internal', '804 calls 801: no hotline call', internal),
]


async def main():
    wanted = sys.argv[3:] or ['all']
    chosen = [one for one in SCENARIOS if 'all' in wanted or one[0].split('-')[0] in wanted]
    lab, bad = KamailioLab(OUT), 0
    await lab.start()
    try:
        for name, what, scenario in chosen:
            bad += bool(await lab.run(name, what, scenario))
    finally:
        await lab.stop()
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    asyncio.run(main())
