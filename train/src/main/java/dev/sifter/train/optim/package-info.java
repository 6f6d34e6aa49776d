/** The optimiser's step: learning-rate schedules, gradient clipping and AdamW. */
package dev.sifter.train.optim;
