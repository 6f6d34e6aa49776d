package dev.sifter.train.sft;

import java.util.Map;

/**
 * Memory and time of a run before it is made: the run itself, on the real batches, on the backend
 * that computes nothing.
 *
 * @param parameters weights, adapters included
 * @param trainableParameters those that are trained
 * @param examples rows of training data
 * @param steps optimizer steps of the run
 * @param simulatedSteps how many of them were simulated; the largest batches of the others may need
 *     more memory
 * @param numTokens tokens of all steps, without padding
 * @param totalFlos useful FLOPs as transformers counts them
 * @param peakBytes most bytes that the arenas hold at once
 * @param peakBytesByArena likewise by arena, each at its own moment
 * @param seconds least time that the device needs for the kernels
 */
public record SftPlan(
    long parameters,
    long trainableParameters,
    int examples,
    long steps,
    long simulatedSteps,
    long numTokens,
    double totalFlos,
    long peakBytes,
    Map<String, Long> peakBytesByArena,
    double seconds) {}
