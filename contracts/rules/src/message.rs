//! What contract messages and events look like from outside.
//!
//! A message is a selector and SCALE arguments; its answer is the SCALE of `Result<Output, LangError>`, of which the
//! first byte is 0 when the contract understood the call. An event is one topic (its signature) and SCALE data.

use alloc::vec::Vec;
use scale::{Decode, Encode};

/// A message of one of the contracts, as ink! 5 encodes it: 4 bytes of selector, then the SCALE of the arguments.
pub trait Message: Encode {
    /// First four bytes of BLAKE2b-256 of the message's name; a test compares it with the built bundle's metadata.
    const SELECTOR: [u8; 4];
    /// The message's name in the contract's metadata.
    const NAME: &'static str;
    /// What the message returns, inside ink!'s `Result<_, LangError>`.
    type Output: Decode;

    /// Returns the call data: selector and arguments.
    fn call_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.size_hint().saturating_add(4));
        data.extend_from_slice(&Self::SELECTOR);
        self.encode_to(&mut data);
        data
    }
}

/// Says which message of the contract a struct stands for: its name, its selector and what it returns.
macro_rules! message {
    ($message:ident, $name:literal, $selector:literal, $output:ty) => {
        impl $crate::message::Message for $message {
            const SELECTOR: [u8; 4] = u32::to_be_bytes($selector);
            const NAME: &'static str = $name;
            type Output = $output;
        }
    };
}
pub(crate) use message;

/// Decodes a struct field by field, as its derived `Decode` would, in a function of its own. Derived, it would become a part of the
/// function through which every message of a contract enters; the chain charges for compiling that one each time, by its size.
macro_rules! decode_apart {
    ($type:ident { $($field:ident),* }) => {
        impl scale::Decode for $type {
            #[inline(never)]
            fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
                Ok(Self {
                    $($field: scale::Decode::decode(input)?,)*
                })
            }
        }
    };
}
pub(crate) use decode_apart;

/// Declares the events of one contract: the structs, and the `Event` enum of all of them.
///
/// The signature topic is BLAKE2b-256 of the text that follows the struct's name (`aegle/{contract}/{event}/v{n}`), so
/// that neither a renamed type nor a moved module can change it; a test recomputes it. It is the only topic: a topic
/// for a field would cost about 127 microseconds of weight. ink!'s `Event` is implemented here and not derived,
/// because its derive allows no other constant with the name `SIGNATURE_TOPIC`.
macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $event:ident($preimage:literal, $topic:literal) {
            $($(#[$field_doc:meta])* $field:ident: $ty:ty,)*
        }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, scale::Encode, scale::Decode)]
            #[cfg_attr(all(feature = "ink", feature = "std"), derive(ink::EventMetadata))]
            pub struct $event {
                $($(#[$field_doc])* pub $field: $ty,)*
            }

            impl $event {
                /// The event's first and only topic.
                pub const SIGNATURE_TOPIC: [u8; 32] = hex_literal::hex!($topic);
                /// The text of which [`Self::SIGNATURE_TOPIC`] is the BLAKE2b-256.
                pub const SIGNATURE: &'static str = $preimage;
            }

            #[cfg(feature = "ink")]
            impl ink::env::Event for $event {
                type RemainingTopics = [ink::env::event::state::HasRemainingTopics; 1];
                const SIGNATURE_TOPIC: Option<[u8; 32]> = Some(Self::SIGNATURE_TOPIC);

                fn topics<E, B>(
                    &self,
                    builder: ink::env::event::TopicsBuilder<ink::env::event::state::Uninit, E, B>,
                ) -> <B as ink::env::event::TopicsBuilderBackend<E>>::Output
                where
                    E: ink::env::Environment,
                    B: ink::env::event::TopicsBuilderBackend<E>,
                {
                    builder.build::<Self>().push_topic(Some(&Self::SIGNATURE_TOPIC)).finish()
                }
            }
        )*

        /// Any event of this contract.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event {
            $($(#[$doc])* $event($event),)*
        }

        // The data alone: which event it is, the topic says.
        impl scale::Encode for Event {
            fn encode_to<T: scale::Output + ?Sized>(&self, destination: &mut T) {
                match self {
                    $(Self::$event(event) => event.encode_to(destination),)*
                }
            }
        }

        // So that a contract with many events can emit all of them in one place, which makes it smaller.
        #[cfg(feature = "ink")]
        impl ink::env::Event for Event {
            type RemainingTopics = [ink::env::event::state::HasRemainingTopics; 1];
            const SIGNATURE_TOPIC: Option<[u8; 32]> = None;

            fn topics<E, B>(
                &self,
                builder: ink::env::event::TopicsBuilder<ink::env::event::state::Uninit, E, B>,
            ) -> <B as ink::env::event::TopicsBuilderBackend<E>>::Output
            where
                E: ink::env::Environment,
                B: ink::env::event::TopicsBuilderBackend<E>,
            {
                let topic = match self {
                    $(Self::$event(_) => &$event::SIGNATURE_TOPIC,)*
                };
                builder.build::<Self>().push_topic(Some(topic)).finish()
            }
        }

        impl Event {
            /// Returns the event's signature topic.
            pub const fn topic(&self) -> [u8; 32] {
                match self {
                    $(Self::$event(_) => $event::SIGNATURE_TOPIC,)*
                }
            }

            /// Every event: its name, its signature topic, and the text that the topic is the hash of.
            pub const ALL: &'static [(&'static str, [u8; 32], &'static str)] =
                &[$((stringify!($event), $event::SIGNATURE_TOPIC, $event::SIGNATURE)),*];

            /// Reads an event from its signature topic and its data; `None` when the topic is not one of this contract's.
            ///
            /// # Errors
            /// When the data is not exactly the SCALE of that event.
            pub fn decode(topic: &[u8; 32], data: &[u8]) -> Result<Option<Self>, scale::Error> {
                use scale::DecodeAll;
                $(if *topic == $event::SIGNATURE_TOPIC {
                    return $event::decode_all(&mut &data[..]).map(|event| Some(Self::$event(event)));
                })*
                Ok(None)
            }
        }
    };
}
pub(crate) use events;
