# The commands of the house. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench bench-peers lab fuzz screenshots release

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the service; needs only Rust; says where to go
	@cargo run -- serve

demo: ## a throw-away site with a scripted PBX that plays real calls
	@cargo run -- demo

test: ## install what is missing, check the style, run every story
	@tests/run/all

check: ## formatting, lints, documentation, house rules
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
	cargo test --quiet --test tidy

bench: ## the figures, with the promised ones beside them
	@tests/run/bench

bench-peers: ## one capture of 20 000 calls, read by us, sngrep and sipgrep
	@tests/run/bench-peers

lab: ## live calls on a real Asterisk and a real Kamailio, judged; needs root, builds a chroot once
	@tests/run/lab

fuzz: ## throw bytes at the readers for a minute each
	@tests/run/fuzz

screenshots: ## take the pictures of the README anew
	@tests/run/screenshots

release: ## the binary to install: target/release/switchboard
	cargo build --release
