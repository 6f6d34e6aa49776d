/** The command line: one class a command, registered in {@link dev.sifter.train.cli.Main}. */
package dev.sifter.train.cli;
