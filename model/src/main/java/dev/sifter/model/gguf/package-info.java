/** Model folders and adapters as GGUF files, for llama.cpp and what builds on it. */
package dev.sifter.model.gguf;
