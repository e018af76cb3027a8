// Everything works without this script; with it, pages change without reloading and forms help while they are filled in.
import { startQuestions } from "./js/ask";
import { startDrafts } from "./js/draft";
import { startFields } from "./js/fields";
import { startKeys } from "./js/keys";
import { startLists } from "./js/list";
import { startLock } from "./js/lock";
import { startPages } from "./js/page";
import { startPasskeys } from "./js/passkey";
import { startPrint } from "./js/print";

// Questions come first: they stop a form before it is sent.
startQuestions();
startPages();
startDrafts();
startFields();
startLists();
startKeys();
startPasskeys();
startLock();
startPrint();
