/**
 * Everything that a Hugging Face model folder holds, and the network that it describes.
 *
 * <p>In the order in which a folder is read: {@code config} (config.json), {@code weights}
 * (safetensors), {@code tokenizer} (tokenizer.json), {@code chat} (the template). {@code decoder}
 * makes a network of the first two, {@code lora} puts adapters on it, {@code generate} lets it
 * write, {@code gguf} writes it for llama.cpp.
 */
package dev.sifter.model;
