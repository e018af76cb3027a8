//! One thing is altered behind Daicho's back, in every way and at random; verification must find it and name the place.

mod agency;
mod client;
mod encrypted;
mod indexes;
mod intact;
mod random;
mod seal;
