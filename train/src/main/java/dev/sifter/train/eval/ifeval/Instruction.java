package dev.sifter.train.eval.ifeval;

/** Something that a response was asked to be. */
@FunctionalInterface
public interface Instruction {
  /** Whether a response is as it was asked to be. */
  boolean isFollowedBy(String response);
}
