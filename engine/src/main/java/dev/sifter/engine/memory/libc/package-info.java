/** The binding of the C library's heap. */
package dev.sifter.engine.memory.libc;
