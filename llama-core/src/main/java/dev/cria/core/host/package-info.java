/**
 * The machine as Cria meets it: its threads and memory, what is freed when nobody needs it any more, and files, with
 * words for what went wrong with them.
 */
@NullMarked
package dev.cria.core.host;

import org.jspecify.annotations.NullMarked;
