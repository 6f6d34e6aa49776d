/**
 * What a person sees of long work: a progress bar or plain lines while it runs, and one HTML page
 * with plots, token masks, evaluation and chats when it is over.
 */
package dev.sifter.train.report;
