/**
 * A base model from scratch on plain text, by the same {@link dev.sifter.train.trainer.Trainer} as
 * fine-tuning.
 */
package dev.sifter.train.pretrain;
