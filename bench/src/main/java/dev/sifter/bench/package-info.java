/** JMH benchmarks of what the other modules do. */
package dev.sifter.bench;
