/** The machine as Cria meets it: its threads, and what is freed when nobody needs it any more. */
@NullMarked
package dev.cria.core.host;

import org.jspecify.annotations.NullMarked;
