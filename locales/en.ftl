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
layout-line-down = Line “{ $name }” is down
layout-lines-none = No line configured
layout-lines-down-banner = Calls cannot be heard: line “{ $names }” is down and is being retried. Calls in the meantime are not counted.
layout-store-down-banner = Nothing can be saved for the moment: calls are still followed and will be written as soon as it works again. Please tell the administrator to look at the disk and the database.
layout-stale = The connection is lost; what you see may be out of date.
layout-updated = Live
layout-on-duty = Start work
layout-off-duty = Not on duty

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
problem-too-often-detail = Please try again in { $seconds } s.
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

demo-clock-one = Give either now or advance_ms.
demo-clock-back = The clock cannot go back.
