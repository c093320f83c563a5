call "$KEY" -X DELETE "$API/v2/notes/$NOTE_ID"
