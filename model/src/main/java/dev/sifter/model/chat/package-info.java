/**
 * Chats: messages, the templates that turn them into text, and which of that text a model learns to
 * write. Templates are those of Hugging Face model folders, rendered exactly as there.
 */
package dev.sifter.model.chat;
