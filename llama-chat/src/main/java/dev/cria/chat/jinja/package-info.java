/**
 * Jinja, as chat templates use it: what Jinja2 3.1 does in the environment that Hugging Face's transformers makes for
 * them, with Python's semantics. Text of a template becomes tokens ({@link dev.cria.chat.jinja.Lexer}), tokens a tree
 * ({@link dev.cria.chat.jinja.Parser}), and the tree is walked ({@link dev.cria.chat.jinja.Interpreter}). Nothing of
 * Java can be reached from a template, nothing it is given can be changed, and its work is limited.
 */
@NullMarked
package dev.cria.chat.jinja;

import org.jspecify.annotations.NullMarked;
