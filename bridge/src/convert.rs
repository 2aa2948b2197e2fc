//! Between the messages of the plugin protocol and the records of the plugin interface. Both carry the same; what differs is the form:
//!
//! - JSON is a `Struct` or `Value` in messages, and text in records.
//! - Maps have no order in messages. Records have one, so keys are sorted on the way in.
//! - Messages may lack anything. What has to be there is an error that names it.
//!
//! Messages are those of interface version 2. What version 1 has of them is the same on the wire.

pub mod from_message;
pub mod to_message;

#[cfg(test)]
mod tests;
