/**
 * Random numbers that are functions of a seed, a stream and an index, so that a mask need not be
 * kept, and threads need not agree on an order.
 */
package dev.sifter.engine.random;
