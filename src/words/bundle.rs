//! The sentences as methods, made from `locales/` while compiling.

#![expect(missing_docs, reason = "the macro's methods are named like the keys of the sentences")]

use fluent_static::message_bundle;

/// Every sentence of the house in one language.
#[message_bundle(
    resources = [("locales/zh-CN.ftl", "zh-CN"), ("locales/en.ftl", "en")],
    default_language = "zh-CN"
)]
pub struct Messages;
