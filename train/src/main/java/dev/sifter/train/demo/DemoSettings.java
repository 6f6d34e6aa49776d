package dev.sifter.train.demo;

import java.nio.file.Path;

/**
 * How large a demonstration is.
 *
 * @param folder where its files go
 * @param seed of data, weights and order
 * @param statements documents to pretrain on
 * @param pretrainSteps optimizer steps of pretraining
 * @param conversations conversations to fine-tune on
 * @param fineTuneSteps optimizer steps of fine-tuning
 * @param heldOut problems to evaluate on
 * @param device where to compute
 * @param threads of the cpu device; 0 for all cores
 */
public record DemoSettings(
    Path folder,
    long seed,
    int statements,
    int pretrainSteps,
    int conversations,
    int fineTuneSteps,
    int heldOut,
    String device,
    int threads) {

  /** What fits into a few minutes on two cores. */
  public static DemoSettings standard(Path folder, long seed, String device, int threads) {
    return new DemoSettings(folder, seed, 90_000, 600, 26_000, 400, 600, device, threads);
  }
}
