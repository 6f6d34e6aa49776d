/**
 * Supervised fine-tuning, from a configuration to a result on disk.
 *
 * <p>{@link dev.sifter.train.sft.SftConfig} has the options, {@code SftChecks} refuses what cannot
 * be. {@link dev.sifter.train.sft.SftRun} puts a run together: {@link dev.sifter.train.sft.SftData}
 * prepares the rows, a model is loaded, with adapters where these are asked for, and a {@link
 * dev.sifter.train.trainer.Trainer} trains it; {@code TrainedFolder} writes what came of it. {@link
 * dev.sifter.train.sft.SftPlanner} makes the same run on a backend that computes nothing.
 */
package dev.sifter.train.sft;
