/**
 * From a YAML file and the command line to the public fields of an options class, such as {@link
 * dev.sifter.train.sft.SftConfig}.
 *
 * <p>{@link dev.sifter.train.config.ConfigReader} is the entrance; {@code ReferenceOptions} answers
 * for options of transformers, TRL and PEFT that are not ours.
 */
package dev.sifter.train.config;
