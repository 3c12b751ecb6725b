/** What a text must look like, and which tokens may therefore come next. */
@NullMarked
package dev.cria.grammar;

import org.jspecify.annotations.NullMarked;
