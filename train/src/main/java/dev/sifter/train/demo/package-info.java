/**
 * {@code sifter demo}: the whole chain on data of its own.
 *
 * <p>{@link dev.sifter.train.demo.Demo} is the script, and the shortest example of how the parts
 * are used together from Java.
 */
package dev.sifter.train.demo;
