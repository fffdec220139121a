# Sentences of the panel. Sections are rooms; a key begins with the name of its room.

## Roles
role-operator = Operator
role-supervisor = Supervisor
role-engineer = Engineer
role-greeter = Greeter
role-manager = Manager
role-head = Head of department
role-finance = Finance
role-admin = Administrator
role-wallboard = Wallboard

## Layout
layout-brand = Three Rings
layout-main-nav = Main
layout-console = Console
layout-calls = Calls
layout-staff = Staff
layout-me = My settings
layout-sign-out = Sign out
layout-skip = Skip to content
layout-lines-up = Lines { $up }/{ $all } up
layout-line-down = line “{ $name }” is down
layout-lines-none = No line configured
layout-lines-down-banner = Calls cannot be heard: { $lines }. It is tried again all the time; calls may be missed meanwhile.
layout-line-down-why = { $line } ({ $why })
layout-line-down-status = { $line } ({ $why }; answer { $status })
layout-why-unreachable = the PBX does not answer
layout-why-wrong-password = the PBX does not accept the account or its password
layout-why-refused = the PBX refuses the registration
layout-why-no-address = there is no network address from which the PBX can be reached
layout-why-port-taken = another program uses the port
layout-store-down-banner = Nothing can be saved for the moment: calls are still followed and will be written as soon as it works again. Please tell the administrator to look at the disk and the database.

## Problems
problem-home = Back to the start
problem-syntax = This request cannot be read
problem-syntax-detail = What was sent is incomplete or not in the expected form; nothing was changed. Please reload the page and try again.
problem-cursor = This place in the list is not valid; begin with the first page.
problem-unauthorized = Please sign in first
problem-unauthorized-detail = Sign in, or as a program send a valid token (Authorization: Bearer …).
problem-forbidden = Not permitted
problem-forbidden-detail = Your role may not open or change this. If you need it, ask an administrator.
problem-not-found = Not found
problem-not-found-detail = There is nothing at this address. It may have been removed or mistyped.
problem-method = This cannot be done here
problem-method-detail = This address does not support that method.
problem-stale = Somebody has just changed this
problem-stale-detail = The record was changed after you opened it, and your change was not saved. Look at it as it is now and change it again.
problem-rules = Please correct and send again
problem-rules-detail = Something does not fit the rules; nothing was changed.
problem-too-often = Too many attempts
problem-too-often-detail = Too many tries with this login or from this address; try again in { $seconds } s.
problem-away = Cannot be saved right now
problem-away-detail = The store does not answer for the moment; nothing was changed. Please try again in a few seconds.
problem-broken = Something went wrong
problem-broken-detail = This is our fault and has been recorded; nothing was changed. Please try again, and tell the administrator if it happens again.
problem-too-slow = Took too long to arrive
problem-too-slow-detail = Not everything arrived in time; nothing was changed. Check the network and try again.
problem-too-large = Too large
problem-too-large-detail = At most 256 KB can be sent at once.
problem-media-type = Format not supported
problem-media-type-detail = Send a form or JSON.
problem-foreign = An act from another site was refused
problem-foreign-detail = For your safety only this site's own pages may act in your name. Please try again from here.
problem-repeated = Already sent
problem-other-body = This Idempotency-Key was used for another request. Use a new one.
problem-under-way = The same act is under way; look at its result in a moment.
problem-shown-once = It was done, and its secret is shown only once. If nobody wrote it down, make a new one.

## Calls: the console
calls-console = Console
calls-ringing = Ringing
calls-queue-empty = Nobody is waiting
calls-queue-empty-why = A call appears here with its first ring. It never interrupts what you are writing.
calls-duty-start = Start work
calls-duty-on = On duty
calls-duty-why = Sounds and notifications begin with this click
calls-mute = Mute
calls-unmute = Sound on
calls-ring = Ring { $ring }
calls-seconds = s
calls-due-left = late in { $s } s
calls-due-over = late by { $s } s
calls-nobody-rings = Nobody is being rung · counted from the call's arrival
calls-withheld = Number withheld
calls-unknown-caller = Unknown caller
calls-no-hotline = Hotline unknown
calls-say-ring = Ring { $ring }, { $who }
calls-say-breach = { $who } has waited past the promise
calls-take = I take it
calls-take-undo = Not me
calls-taken-by = { $name } takes it
calls-taken-me = You take it
calls-in-hand = In hand
calls-ended-just-now = Just ended
calls-none-today = No call has ended yet today. Calls appear here as they end.
calls-mine = That was me
calls-today = Answered within the promise today
calls-today-counts = { $presented } calls · { $answered } answered · { $lost } lost
calls-today-none = No call today yet
calls-title-ringing = ({ $n }) ringing

## Calls: the call in hand
calls-hand-empty = No call in hand
calls-hand-empty-why = Press F2 or “I take it” when you lift the receiver: who is calling and their earlier calls open here.
calls-hand-waiting = Another call is in hand now. What you are writing is kept.
calls-hand-open = Open it
calls-fact-rings = Rings
calls-fact-answer = To the answer
calls-fact-wait = Caller waited
calls-fact-offered = Came at
calls-past = Earlier calls of this number
calls-past-none = First call of this number, as far as the log goes.
calls-past-withheld = The number is withheld, so earlier calls cannot be found.
calls-talk = since you took it
calls-over-how = ended: { $how }
calls-over-at = Ended at
calls-open-record = Open the record

## Calls: greeting and note
calls-note = Note
calls-greeting = Greeting
calls-greeting-why = Please and thank you · never “hey” · let the caller hang up first
calls-note-what = Who, when, where, what
calls-note-empty = The note opens with the call in hand.
calls-note-placeholder = Who called, when, where, what about
calls-note-save = Save only
calls-note-keep = Save
calls-note-done = Save and put away
calls-note-saved = Saved
calls-note-theirs = Somebody else has just saved the note below; saving again replaces it with yours:
calls-draft-saved = Draft kept in this browser, { $t } · new calls never interrupt typing
calls-draft-restored = Your draft was put back. Save it to keep it.
calls-failed = It did not get through; what you typed is still here. Try again.
calls-live = Live
calls-updated = updated { $n } s ago
calls-banner-old = The connection is lost: what you see may be out of date. You can go on writing; it is tried again all the time.
calls-banner-insecure = This page is opened without https: each tab keeps its own connection, and the browser allows no notifications. The administrator can set tls_cert and tls_key.
calls-banner-signed-out = You have been signed out. Your draft is kept in this browser.
calls-sign-in-again = Sign in again

## Calls: keys
calls-keys = All keys
calls-key-take = take the longest
calls-key-second = take the second
calls-key-save = save the note
calls-key-done = save and put away
calls-key-note = write the note
calls-key-find = find a caller
calls-key-calls = call log
calls-key-console = console
calls-key-move = move in a list
calls-key-open = open
calls-key-close = close, leave a field, back to the list
calls-sounds-elsewhere = Sounds and notifications come from the console only: keep it open.
calls-key-hint = Single letters do nothing while you type.
calls-close = Close

## Calls: the log
calls-log = Calls
calls-filter = Filter
calls-filter-more = More filters
calls-filter-from = From
calls-filter-to = To
calls-filter-hotline = Hotline
calls-filter-outcome = Outcome
calls-filter-state = State
calls-filter-staff = Who
calls-filter-caller = Caller
calls-filter-caller-hint = number or its last digits
calls-filter-q = Search
calls-filter-q-hint = name or note
calls-filter-all = All
calls-filter-clear = Clear
calls-col-when = Came
calls-col-caller = Caller
calls-col-hotline = Hotline
calls-col-rings = Rings
calls-col-wait = Waited
calls-col-outcome = Outcome
calls-col-who = Who
calls-log-empty = No call fits these filters.
calls-log-empty-all = No call yet. Each call on the hotline appears here with its first ring.
calls-older = Older
calls-newest = Newest
calls-count = { $n ->
    [one] 1 call on this page
   *[other] { $n } calls on this page
}
calls-rings-n = { $n ->
    [one] 1 ring
   *[other] { $n } rings
}
calls-filter-wrong-day = A day such as 2026-11-23, or an instant such as 2026-11-23T10:00:00.000Z.
calls-filter-wrong-word = One of: { $words }.
calls-filter-wrong-caller = A telephone number, or at least three of its last digits.
calls-filter-wrong-staff = The number of a person.
calls-filter-wrong-order = “From” is later than “To”.

## Calls: one call
calls-one = Call { $id }
calls-story = What happened
calls-figures = Figures
calls-def-rings = rings begun, in the hotline's rhythm of { $s } s
calls-def-answer = from the first ring to the answer; the promise is less than { $s } s
calls-def-wait = from the call's arrival to the answer or its end
calls-def-offered = when it was first seen
calls-ground = Measured by: { $evidence }
calls-evidence-position = the first ringing of an operator's telephone.
calls-evidence-dialog = the PBX's report that an operator's telephone rings.
calls-evidence-trunk = the ringing signalled on the trunk.
calls-evidence-member = this system's own ringing as a member of the ring group. Which telephone was lifted, and the end of the talk, cannot be seen that way.
calls-evidence-none = nothing: no ringing was seen.
calls-legs = Telephones that rang
calls-legs-none = No telephone was seen to ring.
calls-leg-member = this system, as a member
calls-notes-none = Nothing was noted.
calls-notes-edit = Edit the note
calls-ladder = Signalling
calls-exclude = Mark as a test
calls-exclude-why = A test is shown but not counted in any figure.
calls-include = No longer a test
calls-back = All calls

## Calls: the ladder
calls-ladder-of = Signalling of call { $id }
calls-ladder-here = this system
calls-ladder-none = No signalling is kept of this call.
calls-ladder-print = Print
calls-ladder-hint = Open a line to see the message. Credentials are removed before it is stored.

## Calls: words of the record
calls-state-offered = offered
calls-state-ringing = ringing
calls-state-answered = in conversation
calls-state-ended = ended
calls-outcome-met = answered in time
calls-outcome-late = answered late
calls-outcome-abandoned-short = left at once
calls-outcome-abandoned = lost
calls-outcome-not-offered = nobody was rung
calls-outcome-machine-only = machine only
calls-outcome-unmeasured = not measured
calls-excluded-after-hours = after hours
calls-excluded-outage = outage
calls-excluded-test = test
calls-end-answered = answered
calls-end-elsewhere = answered elsewhere
calls-end-abandoned = caller left
calls-end-busy = busy
calls-end-declined = declined
calls-end-no-answer = not answered
calls-end-unreachable = unreachable
calls-end-transferred = transferred

calls-event-offered = The call arrived.
calls-event-ringing = It began to ring.
calls-event-ring2 = Ring { $ring } began: amber.
calls-event-ring3 = Ring { $ring } began, the last of the promise: orange.
calls-event-colleagues = Ring { $ring } began: every free desk is asked.
calls-event-breach = The promise was broken: ring { $ring } began.
calls-event-round-ended = The PBX ended the ring round; the caller still waited.
calls-event-round-began = The PBX rang the group again.
calls-event-leg-began = One more telephone was called.
calls-event-leg-ended = One telephone stopped ringing.
calls-event-answered = Someone answered.
calls-event-ended = The call ended: { $outcome }.
calls-event-amended = Its end became known later: { $outcome }.
calls-event-taken = { $name } announced: I take it.
calls-event-released = { $name } took that back.
calls-event-noted = { $name } wrote a note.
calls-event-test = { $name } marked it as a test.
calls-event-untest = { $name } took the test mark away.
calls-event-put-away = { $name } put it away.
calls-event-other = { $kind }
calls-event-someone = Someone

calls-taken-first = Somebody took it first
calls-taken-first-detail = { $name } has said “I take it” for this call.
calls-over = This call is over
calls-over-detail = Only a waiting call, or one answered in the last ten minutes, can be taken.
calls-not-yours = { $name } has this call; only they can give it back.
calls-not-counted-anyway = This call is not counted for another reason, so it cannot be marked as a test.
calls-notes-too-long = At most 8000 characters.
calls-person-only = Only a person who is signed in can take a call, not a program.
## Staff
staff-sign-in = Sign in
staff-sign-in-lead = Answered within three rings.
staff-login = Login
staff-password = Password
staff-sign-in-failed = Wrong login or password
staff-sign-in-failed-detail = Wrong login or password. Check upper and lower case and try again. If you forgot your password, ask an administrator for a new link.
staff-language = Language
staff-setup-first = Set up the first account
staff-setup-first-lead = You are this system's first administrator. Colleagues are added under “Staff” afterwards.
staff-setup-own = Choose a password
staff-setup-own-lead = { $name }, choose a password for your account; you are signed in right after.
staff-setup-done = Finish and sign in
staff-name = Name
staff-name-hint = As it appears on the screens
staff-login-hint = 2–32 of a–z, 0–9, . _ - @
staff-extension = Extension
staff-extension-hint = The telephone on your desk, such as 801; may be left empty
staff-roles = Roles
staff-new-password = New password
staff-password-hint = At least { $n } characters; a sentence you remember beats a short riddle
staff-repeat = Once more
staff-current = Present password
staff-list = Staff
staff-list-count = { $n ->
    [one] { $n } person
   *[other] { $n } people
}
staff-list-empty = Nobody yet.
staff-add = Add a person
staff-add-lead = Makes a link that is shown once; send it to them to choose a password.
staff-add-do = Add and make link
staff-edit = Edit
staff-save = Save
staff-invited = No password yet
staff-disabled = Disabled
staff-since = Since { $at }
staff-link = One-time link
staff-link-for = Link for { $name }
staff-link-lead = Send this link to them. It works once, until { $at }, and is not shown again after you leave this page.
staff-link-new = Make a new link
staff-link-new-lead = For a forgotten password. Older links stop working; the present password works until a new one is chosen.
staff-link-spent = This link no longer works
staff-link-spent-detail = It was used, replaced by a newer one, or ran out. Ask an administrator for a new link.
staff-link-disabled = This account is disabled; enable it before making a link.
staff-disable = Disable account
staff-disable-lead = Signed out at once and kept out; the records stay.
staff-enable = Enable again
staff-tokens = Program tokens
staff-tokens-lead = For other programs (CRM, wallboard, scripts): Authorization: Bearer TOKEN.
staff-tokens-empty = No token yet.
staff-token-add = New token
staff-token-name = Purpose
staff-token-name-hint = Who uses it, such as “CRM”
staff-token-shown = Token of “{ $name }”
staff-token-shown-lead = Keep it safe now: it is not shown again after you leave this page. Only its fingerprint is stored.
staff-token-revoke = Revoke
staff-token-revoked = Revoked
staff-to-list = Back to staff
staff-to-tokens = Back to tokens
staff-wrong-name = Enter a name of 1–60 characters.
staff-wrong-login = A login is 2–32 of a–z, 0–9, . _ - @.
staff-wrong-login-taken = This login belongs to somebody else; choose another.
staff-wrong-extension = An extension is 1–32 letters, digits or . _ - + *.
staff-wrong-extension-taken = This extension belongs to somebody else; remove it there first.
staff-wrong-roles = Choose at least one role.
staff-wrong-last-admin = At least one administrator must remain.
staff-wrong-password-short = A password has at least { $n } characters.
staff-wrong-password-long = This password is too long; at most 256 bytes.
staff-wrong-password-guessable = This password is too easy to guess: not the login and not a common one.
staff-wrong-repeat = The two passwords differ.
staff-wrong-current = This is not your present password.

## Me
me-title = My settings
me-look = Display and sound
me-language-auto = As the browser
me-theme = Appearance
me-theme-auto = As the system
me-theme-light = Light
me-theme-dark = Dark
me-volume = Alarm volume
me-save = Save settings
me-password = Change password
me-password-lead = Signs you out on all other devices.
me-password-do = Change password
me-wrong-volume = The volume is 0–100.
me-program = You came with a program's token, which has no settings of its own.

demo-clock-one = Give either now or advance_ms.
demo-clock-back = The clock cannot go back.
