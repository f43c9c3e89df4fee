# win_lineinfile: a file's text and encoding; what becomes of it is decided elsewhere.

function Get-TextEncoding([string]$Name, [byte[]]$Bytes) {
    # @{ Name; Bom }: by the mark at the file's start, else UTF-8 if the bytes are, else the ANSI code page
    if ($Name -ne 'auto') {
        $asked = [System.Text.Encoding]::GetEncoding($Name)
        $mark = $asked.GetPreamble()
        $has = $mark.Length -gt 0 -and $Bytes.Length -ge $mark.Length
        for ($i = 0; $has -and $i -lt $mark.Length; $i++) {
            $has = $Bytes[$i] -eq $mark[$i]
        }
        if ($Bytes.Length -eq 0) {
            # a new file gets the mark that its encoding usually has; UTF-8 goes without
            $has = $mark.Length -gt 0 -and $asked.CodePage -ne 65001
        }
        return @{ Name = $asked.WebName; Bom = [bool]$has }
    }
    if ($Bytes.Length -ge 3 -and $Bytes[0] -eq 239 -and $Bytes[1] -eq 187 -and $Bytes[2] -eq 191) {
        return @{ Name = 'utf-8'; Bom = $true }
    }
    if ($Bytes.Length -ge 2 -and $Bytes[0] -eq 255 -and $Bytes[1] -eq 254) {
        return @{ Name = 'utf-16'; Bom = $true }
    }
    if ($Bytes.Length -ge 2 -and $Bytes[0] -eq 254 -and $Bytes[1] -eq 255) {
        return @{ Name = 'utf-16BE'; Bom = $true }
    }
    $strict = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false, $true -ErrorAction Stop
    try {
        $strict.GetString($Bytes) | Out-Null
        return @{ Name = 'utf-8'; Bom = $false }
    }
    catch {
        $page = [Globalization.CultureInfo]::CurrentCulture.TextInfo.ANSICodePage
        return @{ Name = [System.Text.Encoding]::GetEncoding($page).WebName; Bom = $false }
    }
}

function Read-State($Arguments) {
    $path = Expand-Path $Arguments.path
    $kind = Get-PathKind $path
    if ([System.IO.Directory]::Exists($path)) { $kind = 'directory' }
    $bytes = [byte[]]@()
    if ([System.IO.File]::Exists($path)) {
        $bytes = [System.IO.File]::ReadAllBytes($path)
    }
    $found = Get-TextEncoding $Arguments.encoding $bytes
    $encoding = [System.Text.Encoding]::GetEncoding($found.Name)
    $skip = 0
    if ($found.Bom -and $bytes.Length -gt 0) { $skip = $encoding.GetPreamble().Length }
    $text = $encoding.GetString($bytes, $skip, $bytes.Length - $skip)
    return @{ path = $path; kind = $kind; text = $text; encoding = $found.Name; bom = $found.Bom }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'write' {
            $encoding = [System.Text.Encoding]::GetEncoding([string]$Change.encoding)
            $file = [System.IO.Path]::Combine($Context.Folder, [Guid]::NewGuid().ToString('N'))
            $stream = [System.IO.File]::Create($file)
            try {
                if ($Change.bom) {
                    $mark = $encoding.GetPreamble()
                    $stream.Write($mark, 0, $mark.Length)
                }
                $bytes = $encoding.GetBytes([string]$Change.text)
                $stream.Write($bytes, 0, $bytes.Length)
            }
            finally {
                $stream.Dispose()
            }
            if ($Change.validate) {
                $line = ([string]$Change.validate).Replace('%s', (ConvertTo-Word $file))
                $shell = [System.IO.Path]::Combine($env:SystemRoot, 'System32', 'cmd.exe')
                $done = Invoke-Program $shell ('/d /s /c "' + $line + '"') @{}
                if ($done.rc -ne 0) {
                    Stop-Module 'the new content was refused' @{ rc = $done.rc; stdout = $done.stdout; stderr = $done.stderr }
                }
            }
            $known = @{}
            if ($Change.backup) {
                $known['backup_file'] = Backup-Content $Change.path
                $known['backup'] = $known['backup_file']
            }
            Install-Content $file $Change.path
            [System.IO.File]::Delete($file)
            return $known
        }
    }
}
