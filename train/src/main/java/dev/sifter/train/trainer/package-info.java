/**
 * The training loop, whatever is trained on.
 *
 * <p>{@link dev.sifter.train.trainer.Trainer} asks {@link dev.sifter.train.trainer.StepBatches} for
 * the micro-batches of a step, lets {@code OptimizerStep} compute losses, gradients and the update,
 * and tells its {@link dev.sifter.train.trainer.TrainingListener}s; read these three first. The
 * options are {@link dev.sifter.train.trainer.TrainingArguments}.
 *
 * <p>Around the loop: {@code HeldOutEvaluation} with {@code BestMetric} (what is measured on the
 * way, and which was the best), {@link dev.sifter.train.trainer.Checkpoints} over {@code
 * CheckpointFolders} (what a run continues from), {@link dev.sifter.train.trainer.TrainingLog} and
 * {@link dev.sifter.train.trainer.RunRecord} (what it leaves in writing), {@code LossWatchdog} and
 * {@link dev.sifter.train.trainer.NotFiniteException} (what ends it early).
 */
package dev.sifter.train.trainer;
