package dev.sifter.model.generate;

/** Why a sequence ended. */
public enum FinishReason {
  /** An end token came. */
  EOS,
  /** A stop string came. */
  STOP_STRING,
  /** max_new_tokens were generated. */
  MAX_NEW_TOKENS,
  /** The model's context is full. */
  CONTEXT_FULL,
  /** The listener wanted no more. */
  CANCELLED
}
